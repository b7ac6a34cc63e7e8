/** Types of the HTTP API. Generated: "npm run api-types" writes this file. */

export interface paths {
  '/api/v0/accounts/{namespace}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Delete a user or an organization and all its repositories
     * @description For system administrators. Deletes everything or nothing.
     */
    delete: operations['deleteAccount']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/accounts/{namespace}/repositories': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Delete all repositories of a user or an organization
     * @description For the user, owners of the organization and system administrators. Deletes all of them or none.
     */
    delete: operations['deleteRepositories']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/accounts/{orgname}/teams/{teamname}/repositoryAccess': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the repositories that a team has access to
     * @description For members of the team and owners of the organization. Access to the whole namespace is listed separately.
     */
    get: operations['listTeamRepositories']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/accounts/{username}/repositoryAccess/{namespace}/{reponame}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the access of a user to a repository
     * @description Includes access through teams, ownership and visibility. For the user and for system administrators.
     */
    get: operations['getUserAccess']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/fsck': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Compare D1 with R2, a page at a time
     * @description For system administrators. Reports missing, unknown and inconsistent content and repairs nothing: the job `fsck` with `repair` marks lost content so that clients push it again. Ignores content that is being uploaded or deleted.
     */
    post: operations['postFsck']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/installation': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the version, the size of the database, and how far a change of the secret is
     * @description For system administrators. While a deployment spreads, an answer may come from the version before.
     */
    get: operations['getInstallation']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/metrics': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get metrics in the Prometheus text format
     * @description For system administrators.
     */
    get: operations['getMetrics']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/read_only': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get read-only mode, its reason and its end
     * @description For system administrators.
     */
    get: operations['getReadOnly']
    put?: never
    /**
     * Start or end read-only mode
     * @description For system administrators. When this request returns, the mode is in force: every push, deletion and change of content in progress was either committed before or is refused.
     */
    post: operations['postReadOnly']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/replicas': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the replicas and their health
     * @description For system administrators.
     */
    get: operations['getReplicas']
    put?: never
    /**
     * Add a new replica to the cluster
     * @description For system administrators. Without a location, the registry chooses one where no other replica is. A cluster has at most seven replicas.
     */
    post: operations['postReplica']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/replicas/{id}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Remove a replica from the cluster
     * @description For system administrators. A removed replica cannot return; add a new one in its place.
     */
    delete: operations['deleteReplica']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/replicas/{id}/drill': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Take a replica out of service temporarily, as a drill
     * @description For system administrators. Zero seconds return it to service.
     */
    post: operations['drill']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/admin/replicas/{id}/emergency_repair': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Make one replica the whole cluster after the majority is lost for good
     * @description For system administrators. Evicts all other replicas, which can never vote again; then add new ones, one by one. Refused while a majority is healthy, unless forced.
     */
    post: operations['repair']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/api_tokens': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List access tokens
     * @description Oldest first.
     */
    get: operations['listTokens']
    put?: never
    /**
     * Create an access token
     * @description A token can be used in place of the password. It has the current permissions of the user, up to its level and, if it names any, in its repositories and namespaces alone: there is nothing else for it. A token with a level below `all`, or with names, administers nothing.
     */
    post: operations['postToken']
    /**
     * Delete unused access tokens
     * @description By default it deletes only tokens that the registry generated itself, and this registry generates none: set `generatedby` to `manual` or `any`.
     */
    delete: operations['deleteUnusedTokens']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/api_tokens/{hashedtoken}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get an access token */
    get: operations['getToken']
    put?: never
    post?: never
    /** Delete an access token */
    delete: operations['deleteToken']
    options?: never
    head?: never
    /** Rename, deactivate or activate an access token */
    patch: operations['patchToken']
    trace?: never
  }
  '/api/v0/backups': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the backups, the newest first
     * @description For system administrators, and for the holder of the recovery secret. All of them: retention bounds their number. Reads the bucket of backups. A login is optional: without one, only public repositories are visible.
     */
    get: operations['getBackups']
    put?: never
    /**
     * Make a backup
     * @description For system administrators, with a password or a session of the last ten minutes: a backup has the hashes of all passwords. A job writes it while the registry stays writable; garbage collection waits. One is made at a time.
     */
    post: operations['postBackup']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/downloads': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Begin to download a backup
     * @description For system administrators, with a password or a session of the last ten minutes: a backup has the hashes of all passwords. The ticket reads its objects for twelve hours. The manifest names the parts, and the other objects are listed.
     */
    post: operations['postBackupDownload']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/key': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show the wrapped key of an encrypted backup
     * @description For system administrators, and for the holder of the recovery secret. It opens with an identity alone. A login is optional: without one, only public repositories are visible.
     */
    get: operations['getBackupKey']
    /**
     * Lend the registry the key of an encrypted backup
     * @description For system administrators with a password or a session of the last ten minutes, and for the holder of the recovery secret. The registry keeps it under its own secret until the next proof or restore of the backup is done. A login is optional: without one, only public repositories are visible.
     */
    put: operations['putBackupKey']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/object': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Download an object of a backup
     * @description For the holder of the ticket of a download. Parts of encrypted backups stay encrypted; `offset` continues an object whose download broke off. A login is optional: without one, only public repositories are visible.
     */
    get: operations['getBackupObject']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/objects': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the objects of a backup beside its parts
     * @description For the holder of the ticket of a download. The keys are those of the bucket of backups. A login is optional: without one, only public repositories are visible.
     */
    get: operations['getBackupObjects']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/proof': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show what the last proof of a backup found
     * @description For system administrators. `proof` is null for a backup whose first proof has not ended.
     */
    get: operations['getBackupProof']
    put?: never
    /**
     * Prove a backup
     * @description For system administrators, with a password or a session of the last ten minutes. A job restores it into the database of the drill and compares all of it; one that is under way is joined. What it finds is at `GET` of this path, and in the list.
     */
    post: operations['postBackupProof']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/repositories': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Restore one repository, or those of a namespace, into the running registry
     * @description For system administrators, with a password or a session of the last ten minutes. A job does it, and its log names each image and tag that cannot be restored. A repository that is there gets the manifests and tags that it lacks, and keeps its settings.
     */
    post: operations['postRepositories']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/{backupID}/verification': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Check the hashes of a backup
     * @description For system administrators, with a password or a session of the last ten minutes. A job reads every part and compares it with its hashes; it restores nothing. It ends as `errored` if one is wrong, and the backup has failed then.
     */
    post: operations['postBackupVerification']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/backups/prune': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Delete the backups that no rule of retention keeps
     * @description For system administrators, with a password or a session of the last ten minutes. A job deletes them by the settings `backupKeepLast`, `backupKeepDays` and `backupKeepWeeks`, as each backup does at its end. With `dryRun` it only tells what it would delete.
     */
    post: operations['postBackupsPrune']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/crons': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the schedules
     * @description For system administrators.
     */
    get: operations['getCrons']
    put?: never
    /**
     * Set the schedule of an action
     * @description For system administrators. Replaces the previous schedule of the action. Jobs start within a minute of their time; a run is skipped while the previous job of the action has not finished.
     */
    post: operations['postCron']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/crons/{action}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the schedule of an action
     * @description For system administrators.
     */
    get: operations['getOneCron']
    put?: never
    post?: never
    /**
     * Delete the schedule of an action
     * @description For system administrators. A running job continues.
     */
    delete: operations['deleteCron']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the events of the registry
     * @description For system administrators.
     */
    get: operations['getEvents']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/events/consumers': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the consumers of events
     * @description For system administrators.
     */
    get: operations['getConsumers']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/events/consumers/{consumer}/parked': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the parked events of a consumer, oldest first
     * @description For system administrators. A consumer parks an event that it failed at five times, and goes on.
     */
    get: operations['getParkedEvents']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/events/consumers/{consumer}/parked/{eventID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Drop a parked event
     * @description For system administrators. The consumer never consumes it. The event itself stays.
     */
    delete: operations['deleteParkedEvent']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/events/consumers/{consumer}/parked/{eventID}/retry': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Retry a parked event
     * @description For system administrators. The event stays parked if it fails again.
     */
    post: operations['postRetry']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/index/autocomplete': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Find repositories and accounts
     * @description Returns repositories that the caller has access to, most pulled first, and accounts if the caller has logged in. A login is optional: without one, only public repositories are visible.
     */
    get: operations['autocomplete']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/index/dockersearch': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Find repositories, in the format of `docker search`
     * @description Returns repositories that the caller has access to, most pulled first. A login is optional: without one, only public repositories are visible.
     */
    get: operations['dockerSearch']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the jobs, most recently scheduled first
     * @description For system administrators.
     */
    get: operations['getJobs']
    put?: never
    /**
     * Start a job
     * @description For system administrators. Only the action is required. The job starts now or at the given time. Only one garbage collection runs at a time.
     */
    post: operations['postJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/jobs/{jobID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get a job
     * @description For system administrators.
     */
    get: operations['getOneJob']
    put?: never
    post?: never
    /**
     * Delete a finished job and its log
     * @description For system administrators.
     */
    delete: operations['deleteJob']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/jobs/{jobID}/cancel': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Cancel a job
     * @description For system administrators. The job stops within about a second. If the job made the registry read-only, the registry is writable when this request returns. A finished job stays as it is.
     */
    post: operations['postCancel']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/jobs/{jobID}/logs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the log of a job
     * @description For system administrators.
     */
    get: operations['getJobLogs']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/meta/alerts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the alerts for administrators
     * @description For system administrators.
     */
    get: operations['getAlerts']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/meta/cluster_status': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the reports of the replicas about themselves and each other
     * @description For system administrators. Load balancers should use `/health` instead.
     */
    get: operations['getStatus']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/meta/features': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the features of the registry
     * @description For all users who have logged in.
     */
    get: operations['getFeatures']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/meta/settings': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the settings
     * @description For system administrators.
     */
    get: operations['getSettings']
    put?: never
    /**
     * Change settings
     * @description For system administrators. Omitted fields stay unchanged. Changes take effect immediately. Fields that decide who gets in (those of sessions and of access tokens, and `publicOrigin`), or which backups are kept and who opens them, need a password or a session.
     */
    post: operations['postSettings']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the repositories that you have access to
     * @description Without a login, it lists the public ones. A login is optional: without one, only public repositories are visible.
     */
    get: operations['listRepositories']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the repositories of a user or an organization that you have access to
     * @description A login is optional: without one, only public repositories are visible.
     */
    get: operations['listRepositoriesOfNamespace']
    put?: never
    /**
     * Create a repository
     * @description For administrators of the namespace.
     */
    post: operations['makeRepository']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get a repository
     * @description A login is optional: without one, only public repositories are visible.
     */
    get: operations['showRepository']
    put?: never
    post?: never
    /**
     * Delete a repository, its tags and its images
     * @description For administrators of the repository. The repository disappears immediately and its name is free; the job "repository_deletion" deletes its content. A repository with trust data is refused.
     */
    delete: operations['dropRepository']
    options?: never
    head?: never
    /**
     * Edit a repository
     * @description For administrators of the repository. Omitted fields stay unchanged.
     */
    patch: operations['changeRepository']
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/events': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the events of a repository
     * @description Only administrators of the repository see pulls and changes of access and policies.
     */
    get: operations['getRepositoryEvents']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/manifests': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the manifests of a repository
     * @description Sorted by digest, including indexes. A page with large manifests may be shorter than requested without being the last. A login is optional: without one, only public repositories are visible.
     */
    get: operations['listManifests']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/manifests/{reference}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Delete a manifest with its tags, or a tag
     * @deprecated
     * @description Requires read-write access, or admin access if the tags are immutable. A digest deletes the manifest and all its tags; a tag deletes only the tag. What is signed is refused.
     */
    delete: operations['deleteManifest']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the pruning policies of a repository
     * @description For administrators of the repository. Oldest first, at most 25.
     */
    get: operations['listPruningPolicies']
    put?: never
    /**
     * Create a pruning policy
     * @description For administrators of the repository. All rules of a policy must match. Policies are evaluated every 15 minutes. They never delete a signed tag, and delete nothing while the tags of the repository are immutable.
     */
    post: operations['postPruningPolicy']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies/{pruningpolicyid}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get a pruning policy
     * @description For administrators of the repository.
     */
    get: operations['getPruningPolicy']
    /**
     * Change a pruning policy
     * @description For administrators of the repository. All rules of a policy must match. Policies are evaluated every 15 minutes. They never delete a signed tag, and delete nothing while the tags of the repository are immutable. Omitted fields stay unchanged.
     */
    put: operations['putPruningPolicy']
    post?: never
    /**
     * Delete a pruning policy
     * @description For administrators of the repository.
     */
    delete: operations['deletePruningPolicy']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/pruningPolicies/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Preview which tags a policy would delete
     * @description For administrators of the repository. Deletes nothing. A page covers 1000 tags of the repository, so it may have few matches, or none, without being the last.
     */
    post: operations['testPruningPolicy']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/restatements': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get how far what Notary signs in a repository is restated for cosign and notation
     * @description For administrators of the repository.
     */
    get: operations['getRestatements']
    put?: never
    /**
     * Compare what Notary signs in a repository with what is restated, at once
     * @description For administrators of the repository. A job makes what is missing, and withdraws what is signed no more.
     */
    post: operations['postRestatements']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/signaturePolicy': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the signature policy of a repository
     * @description For administrators of the repository. The policies of a repository and of its namespace add up.
     */
    get: operations['getRepositoryPolicy']
    /**
     * Set the signature policy of a repository
     * @description For administrators of the repository. Pulls by callers who may not push are refused unless each of the teams has a member who signed the image, or an index that lists it. The policies of a repository and of its namespace add up.
     */
    put: operations['putRepositoryPolicy']
    post?: never
    /**
     * Delete the signature policy of a repository
     * @description For administrators of the repository. The policy of its namespace stays.
     */
    delete: operations['deleteRepositoryPolicy']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/signaturePolicy/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Ask which recorded pulls of a repository a policy would have refused
     * @description For administrators of the repository. Answers by the signatures, teams and rights of now, and changes nothing. A page looks at 5000 events, so it may have no pulls without being the last.
     */
    post: operations['replayRepository']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/tags': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the tags of a repository
     * @description A page with large manifests may be shorter than requested without being the last. A login is optional: without one, only public repositories are visible.
     */
    get: operations['listTags']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/tags/{reference}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Look up a tag or a digest
     * @description A tag returns its image, or each image in its index, with the digest of that image. A digest returns the tags that point to it. A login is optional: without one, only public repositories are visible.
     */
    get: operations['lookUpReference']
    put?: never
    post?: never
    /**
     * Delete a tag
     * @description Requires read-write access, or admin access if the tags are immutable. The manifest stays. A signed tag is refused.
     */
    delete: operations['deleteTag']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/teamAccess': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the teams that have access to a repository
     * @description For administrators of the repository. Access to the whole namespace is listed separately.
     */
    get: operations['listTeamAccess']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositories/{namespace}/{reponame}/teamAccess/{teamname}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /**
     * Give a team access to a repository
     * @description For administrators of the repository. Replaces the previous access of the team.
     */
    put: operations['putTeamAccess']
    post?: never
    /**
     * Revoke access to a repository from a team
     * @description For administrators of the repository.
     */
    delete: operations['deleteTeamAccess']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositoryNamespaces/{namespace}/signaturePolicy': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the signature policy of all repositories of a namespace
     * @description For administrators of the namespace. The policies of a repository and of its namespace add up.
     */
    get: operations['getNamespacePolicy']
    /**
     * Set the signature policy of all repositories of a namespace
     * @description For administrators of the namespace; also for repositories that are made later. Pulls by callers who may not push are refused unless each of the teams has a member who signed the image, or an index that lists it. The policies of a repository and of its namespace add up.
     */
    put: operations['putNamespacePolicy']
    post?: never
    /**
     * Delete the signature policy of a namespace
     * @description For administrators of the namespace. The policies of its repositories stay.
     */
    delete: operations['deleteNamespacePolicy']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositoryNamespaces/{namespace}/signaturePolicy/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Ask which recorded pulls of a namespace a policy would have refused
     * @description For administrators of the namespace. Answers by the signatures, teams and rights of now, and changes nothing. A page looks at 5000 events, so it may have no pulls without being the last.
     */
    post: operations['replayNamespace']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositoryNamespaces/{namespace}/teamAccess': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the teams that have access to all repositories of an organization
     * @description For administrators of the namespace.
     */
    get: operations['listNamespaceAccess']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/repositoryNamespaces/{namespace}/teamAccess/{teamname}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the access of a team to all repositories of its organization
     * @description For administrators of the namespace.
     */
    get: operations['getNamespaceAccess']
    /**
     * Give a team access to all repositories of its organization
     * @description For administrators of the namespace. It replaces what the team had on all of them; with `admin` its members may also make repositories.
     */
    put: operations['putNamespaceAccess']
    post?: never
    /**
     * Revoke access to all repositories of its organization from a team
     * @description For administrators of the namespace. Access of the team to single repositories stays.
     */
    delete: operations['deleteNamespaceAccess']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/restores': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Begin to restore a backup
     * @description For the holder of the recovery secret, and for system administrators with a password or a session of the last ten minutes. Nothing is changed yet: the slices do the work, and so does the cron trigger. A restore of the same backup that is under way goes on, with the new token. A login is optional: without one, only public repositories are visible.
     */
    post: operations['postRestore']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/restores/{restoreID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Show a restore, with its report
     * @description For the holder of the token of the restore, and for all who may begin one. A login is optional: without one, only public repositories are visible.
     */
    get: operations['getRestore']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/restores/{restoreID}/slices': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Do the next slice of a restore
     * @description For the holder of the token of the restore, and for all who may begin one. Repeat it until the state is `done`; a call whose answer was lost can be repeated. A login is optional: without one, only public repositories are visible.
     */
    post: operations['postRestoreSlice']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/identities': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the identities that sign without a registered key */
    get: operations['listSignerIdentities']
    put?: never
    /**
     * Add an identity of a user that signs without a registered key
     * @description What the identity signs counts as signed by the user, if a trust root vouches for it.
     */
    post: operations['postIdentity']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/identities/{identityID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * Delete an identity
     * @description What it signed no longer counts as signed by its user.
     */
    delete: operations['deleteOneIdentity']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/imports': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Import a collection of another trust server
     * @description For system administrators. The repository of the GUN must be here. The whole collection is verified and stored byte by byte, or nothing of it. What has expired is told, not refused. Trust data that is here is never replaced: newer versions continue it.
     */
    post: operations['postImport']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/registryKey': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get the public half of the key that the registry signs with */
    get: operations['getRegistryKey']
    put?: never
    /**
     * Replace the key that the registry signs with
     * @description For system administrators. The private half of the old key is forgotten, what it signed is withdrawn, and jobs sign it again. Verifiers have to fetch the new key.
     */
    post: operations['postRegistryKey']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/replay': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Ask which recorded pulls of all repositories a policy would have refused
     * @description Answers by the signatures, teams and rights of now, and changes nothing. A page looks at 5000 events, so it may have no pulls without being the last.
     */
    post: operations['replayRegistry']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/restatements': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Compare what Notary signs in all repositories with what is restated, at once
     * @description For system administrators.
     */
    post: operations['postAllRestatements']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/roots': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the trust roots */
    get: operations['listTrustRoots']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/trust/roots/{rootname}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a trust root */
    get: operations['getTrustRoot']
    /**
     * Set a trust root
     * @description A sigstore root vouches for keyless signatures, an x509 root for certificates of notation.
     */
    put: operations['putTrustRoot']
    post?: never
    /**
     * Delete a trust root
     * @description What only this root vouches for no longer counts as signed.
     */
    delete: operations['deleteTrustRoot']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/workloadRules': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the rules by which CI jobs get in
     * @description For system administrators. By name; all of them, as a registry has few.
     */
    get: operations['listWorkloadRules']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/workloadRules/{rulename}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get a rule by which CI jobs get in
     * @description For system administrators.
     */
    get: operations['getWorkloadRule']
    /**
     * Write a rule by which CI jobs get in
     * @description For system administrators with a password or a session. Replaces a rule of the same name; registry tokens that it gave change nothing any more.
     */
    put: operations['putWorkloadRule']
    post?: never
    /**
     * Delete a rule by which CI jobs get in
     * @description For system administrators with a password or a session. Registry tokens that it gave change nothing any more.
     */
    delete: operations['deleteWorkloadRule']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/api/v0/workloadRules/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Tell what a token of a CI job would give
     * @description For system administrators. Checks the token with the keys of its issuer, asks each enabled rule of the issuer, and does not use the token.
     */
    post: operations['testWorkloadToken']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/auth/login': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Log in with a password and get the token of a session, for "Authorization: Bearer" or "SessionToken" */
    post: operations['logInForAWhile']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/auth/logout': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** End the session of the Authorization header, or of the cookie of a browser */
    post: operations['logOut']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List users and organizations */
    get: operations['getAccountList']
    put?: never
    /** Create a user or an organization */
    post: operations['postNewAccount']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{accountNameOrID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a user or an organization */
    get: operations['getOneAccount']
    put?: never
    post?: never
    /** Delete a user or an organization that has no repositories */
    delete: operations['deleteOneAccount']
    options?: never
    head?: never
    /** Change a user or an organization */
    patch: operations['patchOneAccount']
    trace?: never
  }
  '/enzi/v0/accounts/{accountNameOrID}/identities': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the users of other providers that an account is linked to
     * @description For the user and for system administrators.
     */
    get: operations['getLinkedIdentities']
    put?: never
    /**
     * Link an account to the user of the provider who has approved the code
     * @description For the user and for system administrators, with a password or a session.
     */
    post: operations['postLinkedIdentity']
    /**
     * Unlink an account from a user of a provider, and end the sessions that began there
     * @description For the user and for system administrators, with a password or a session. Only the latter unlink an account from a user of the directory.
     */
    delete: operations['deleteLinkedIdentity']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{accountNameOrID}/identities/ldap': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    /**
     * Link an account to a user of the directory (LDAP)
     * @description For system administrators, with a password or a session. The account belongs to that user from then on, in place of the one of the directory before: its own password and its sessions end, and syncs follow it. Its access tokens stay.
     */
    put: operations['putDirectoryIdentity']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{accountNameOrID}/publicKeys': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the public keys of a user */
    get: operations['listKeys']
    put?: never
    /**
     * Register a public key of a user
     * @description What the key signs counts as signed by the user. Keys are ECDSA P-256, Ed25519, or RSA of 2048 bits or more. A key counts for each account that has registered it.
     */
    post: operations['postKey']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{accountNameOrID}/publicKeys/{keyID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a public key of a user */
    get: operations['getOneKey']
    put?: never
    post?: never
    /**
     * Delete a public key
     * @description What the key signed no longer counts as signed by the user.
     */
    delete: operations['deleteKey']
    options?: never
    head?: never
    /** Change the label of a public key */
    patch: operations['patchKey']
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/adminMemberSyncConfig': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get how the owners of an organization are found in the directory
     * @description For owners of the organization and administrators.
     */
    get: operations['getOwnersSync']
    /**
     * Set how the owners of an organization are found in the directory
     * @description For owners of the organization and administrators, with a password or a session. While it is on, users of the directory are members of the organization as its owners, by the job `ldap-sync`, or through a team.
     */
    put: operations['putOwnersSync']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/members': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the members of an organization */
    get: operations['getMembersOfOrganization']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/members/{membername}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a member of an organization */
    get: operations['getMemberOfOrganization']
    /** Add a user to an organization, or change whether a member is an owner */
    put: operations['putMemberOfOrganization']
    post?: never
    /** Remove a member from an organization and its teams; members may remove themselves */
    delete: operations['deleteMemberOfOrganization']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/members/{membername}/teams': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the teams of a member of an organization */
    get: operations['getTeamsOfOneMember']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/serviceAccounts': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the service accounts of an organization
     * @description For owners of the organization and system administrators. All of them, by name.
     */
    get: operations['getServiceAccounts']
    put?: never
    /**
     * Create a service account
     * @description For owners of the organization and system administrators, not with an access token. It is a member of the organization, and gets rights as a member of teams. It has no password and no session, and is never an owner nor an administrator.
     */
    post: operations['postServiceAccount']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Delete a service account and its tokens */
    delete: operations['deleteServiceAccount']
    options?: never
    head?: never
    /**
     * Disable or enable a service account
     * @description A disabled one cannot log in, and keeps its tokens. An access token does not enable it.
     */
    patch: operations['patchServiceAccount']
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}/tokens': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the access tokens of a service account
     * @description All of them, the oldest first.
     */
    get: operations['getTokensOfServiceAccount']
    put?: never
    /**
     * Create an access token of a service account
     * @description Not with an access token. It is limited to the repositories and namespaces that it names, which must be of the organization, or else to the whole of it.
     */
    post: operations['postTokenOfServiceAccount']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/serviceAccounts/{servicename}/tokens/{servicetoken}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /** Delete an access token of a service account */
    delete: operations['deleteTokenOfServiceAccount']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the teams of an organization */
    get: operations['getTeamsOfOrganization']
    put?: never
    /** Create a team */
    post: operations['postNewTeam']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams/{teamname}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a team */
    get: operations['getTeamOfOrganization']
    put?: never
    post?: never
    /** Delete a team and its access; its members stay in the organization */
    delete: operations['deleteTeamOfOrganization']
    options?: never
    head?: never
    /** Rename or describe a team */
    patch: operations['patchTeamOfOrganization']
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams/{teamname}/groupLinkConfig': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the group of the provider of single sign-on that a team follows
     * @description For owners of the organization.
     */
    get: operations['getGroupLink']
    /**
     * Let a team follow a group of the provider of single sign-on
     * @description For owners of the organization, with a password or a session. At each single sign-on the user joins the linked teams of the groups that the provider names, and leaves the other linked teams. Users who log in with a password alone stay.
     */
    put: operations['putGroupLink']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams/{teamname}/members': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the members of a team */
    get: operations['getMembersOfTeam']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams/{teamname}/members/{membername}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Get a member of a team */
    get: operations['getMemberOfTeam']
    /**
     * Add a user to a team
     * @description An owner can add any user, who joins the organization too. An administrator of the team can add only members of the organization, and cannot set isAdmin.
     */
    put: operations['putMemberOfTeam']
    post?: never
    /** Remove a user from a team; the user stays in the organization */
    delete: operations['deleteMemberOfTeam']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{orgname}/teams/{teamname}/memberSyncConfig': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get how the members of a team are found in the directory
     * @description For owners of the organization and administrators.
     */
    get: operations['getTeamMemberSync']
    /**
     * Set how the members of a team are found in the directory
     * @description For owners of the organization and administrators, with a password or a session. While it is on, users of the directory come to the team and leave it by the job `ldap-sync` alone; other users can still be added and removed.
     */
    put: operations['putTeamMemberSync']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{username}/changePassword': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Change a password and end the sessions of the user, and optionally delete the access tokens */
    post: operations['postNewPassword']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{username}/organizations': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** List the organizations of a user */
    get: operations['getOrganizationsOfUser']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{username}/sessions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * List the sessions of a user
     * @description For the user and for system administrators.
     */
    get: operations['getSessionsOfUser']
    put?: never
    post?: never
    /**
     * End all sessions of a user
     * @description For the user and for system administrators. The session of the call ends too.
     */
    delete: operations['endSessionsOfUser']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/accounts/{username}/sessions/{sessionID}': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    post?: never
    /**
     * End a session of a user
     * @description For the user and for system administrators.
     */
    delete: operations['endSessionOfUser']
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/auth/login': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Log in with a password and get the token of a session, for "Authorization: Bearer" or "SessionToken" */
    post: operations['logInForAWhileOfEnzi']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/auth/logout': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** End the session of the Authorization header, or of the cookie of a browser */
    post: operations['logOutOfEnzi']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/ldap': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the settings of the directory of users (LDAP)
     * @description For system administrators. The passwords of readers are never shown. Without a directory, `serverURL` is empty.
     */
    get: operations['getDirectorySettings']
    /**
     * Replace the settings of the directory of users (LDAP)
     * @description For system administrators. A `readerPassword` that is left out stays, while the server and its reader are the same. An empty `serverURL` turns the directory off.
     */
    put: operations['putDirectorySettings']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/ldap/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Test one login with the directory of users (LDAP)
     * @description For system administrators. Says which step failed, and why. With `settings` it tests these before they are stored. Makes no account.
     */
    post: operations['testDirectoryLogin']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/oidc': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the OpenID provider that users log in at
     * @description For system administrators.
     */
    get: operations['getProvider']
    /**
     * Set the OpenID provider that users log in at
     * @description For system administrators, with a password or a session. Fields that are omitted have their defaults, but the client secret stays as it is for the same issuer and client. Set publicOrigin at `/api/v0/meta/settings` too.
     */
    put: operations['putProvider']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/oidc/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Test an OpenID provider, without storing anything, and say which step fails
     * @description For system administrators, with a password or a session. It reads what the provider publishes, and asks it whether it knows this registry.
     */
    post: operations['testProvider']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/saml': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the settings of logins by SAML
     * @description For system administrators.
     */
    get: operations['getSaml']
    /**
     * Set the identity provider that users log in at by SAML
     * @description For system administrators, with a password or a session. Fields that are omitted have their defaults. Set publicOrigin at `/api/v0/meta/settings` too, and give the provider the metadata at `/enzi/v0/saml/metadata`.
     */
    put: operations['putSaml']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/auth/saml/test': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Test settings of SAML, without storing them, and say what is wrong
     * @description For system administrators, with a password or a session. It reads the metadata of the provider.
     */
    post: operations['testSamlSettings']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/config/sessions': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Get the policy of sessions
     * @description For system administrators.
     */
    get: operations['getSessionPolicy']
    /**
     * Change the policy of sessions
     * @description For system administrators, with a password or a session. Sessions that are open keep their end until they are renewed.
     */
    put: operations['putSessionPolicy']
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/jobs': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Sync with the directory now
     * @description For system administrators, with a password or a session. As `POST /api/v0/jobs` with this action, which also takes the parameters `dryRun` and `force`.
     */
    post: operations['postSyncJob']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/sso': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Tell where to log in with a browser
     * @description A login is optional: without one, only public repositories are visible.
     */
    get: operations['getSingleSignOn']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/sso/device': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Begin a login that a browser on another machine approves
     * @description A login is optional: without one, only public repositories are visible.
     */
    post: operations['postSsoDevice']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/enzi/v0/sso/token': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /**
     * Get the session of a login that a browser has approved
     * @description A code opens one session. 409 with AUTHORIZATION_PENDING says that no browser has approved it yet. A login is optional: without one, only public repositories are visible.
     */
    post: operations['postSsoToken']
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/_ping': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /** Tell `docker search` that the registry supports it */
    get: operations['ping']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
  '/v1/search': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Find repositories, for `docker search`
     * @description Returns repositories that the caller has access to, most pulled first. If nothing matches for an anonymous caller, the answer asks for a login, except to Docker, which cannot show that. A login is optional: without one, only public repositories are visible.
     */
    get: operations['search']
    put?: never
    post?: never
    delete?: never
    options?: never
    head?: never
    patch?: never
    trace?: never
  }
}
export type webhooks = Record<string, never>
export interface components {
  schemas: {
    /** @enum {string} */
    AccessLevel: 'read-only' | 'read-write' | 'admin'
    AccessToken: {
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /**
       * @description who created it: the user or an administrator
       * @example alice
       */
      createdBy: string
      /**
       * @description User-Agent of the client that created it
       * @example curl/8.5.0
       */
      creatorUa: string
      /**
       * Format: date-time
       * @description when it ends; missing for a token without an end, which is older than ends of tokens
       * @example 2026-01-31T09:30:00.000Z
       */
      expiresAt?: string
      /** @enum {string} */
      generatedBy: 'manual'
      /** @description SHA-256 of the token, which identifies it in this API */
      hashedToken: string
      isActive: boolean
      /**
       * Format: date-time
       * @description to the minute; 0001-01-01T00:00:00Z if never used
       */
      lastUsed: string
      level: components['schemas']['AccessTokenLevel']
      /** @description the namespaces that it is limited to; without names: none */
      namespaces: string[]
      /** @description the repositories that it is limited to */
      repositories: string[]
      /** @example laptop */
      tokenLabel: string
    }
    /**
     * @description `read-only` reads and pulls, `read-write` pushes and deletes content too, `all` is what the owner may do
     * @enum {string}
     */
    AccessTokenLevel: 'read-only' | 'read-write' | 'all'
    Account: {
      fullName: string
      id: string
      isActive: boolean
      isAdmin: boolean
      /** @description whether a directory or another provider knows the user */
      isImported: boolean
      isOrg: boolean
      /** @description of an organization, counted up to 10,000, or up to 100 in a list */
      membersCount?: number
      name: string
      /** @description of an organization, counted up to 10,000, or up to 100 in a list */
      teamsCount?: number
    }
    AccountChanges: {
      fullName?: string
      isActive?: boolean
      isAdmin?: boolean
    }
    Accounts: {
      accounts: components['schemas']['Account'][]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      orgsCount: number
      /** @description total count, up to 10,000 */
      resourceCount: number
      usersCount: number
    }
    Alert: {
      class: string
      id: string
      img: string
      message: string
      url: string
    }
    Autocomplete: {
      accountResults: components['schemas']['FoundAccount'][]
      repositoryResults: components['schemas']['Repository'][]
    }
    Backup: {
      /** @description of all rows */
      bytes: number | null
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      completedAt: string | null
      /**
       * @description whether it has the content of images; `incomplete`: without what the registry itself has lost
       * @enum {string|null}
       */
      content: 'none' | 'whole' | 'incomplete' | null
      /** @description of all blobs and manifests */
      contentBytes: number | null
      /**
       * Format: date-time
       * @description null while it is not whole, as all that follows
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string | null
      encrypted: boolean | null
      /** @description the first thing that its proof found; null if none failed */
      finding: string | null
      /** @description the id of its job too */
      id: string
      /** @description of the new parts in the bucket */
      newBytes: number | null
      /** @description of those that no earlier backup has */
      newContentBytes: number | null
      /** @description parts that no earlier backup has */
      newParts: number | null
      parts: number | null
      /**
       * Format: date-time
       * @description when its last proof ended well; null if it failed
       * @example 2026-01-31T09:30:00.000Z
       */
      provenAt: string | null
      rows: number | null
      /** @description from the beginning of the backup, whose state it has, to the end of its proof */
      rpoSeconds: number | null
      /** @description how long its proof took to read, check and load it into another database */
      rtoSeconds: number | null
      /** @description the last migration of the database */
      schema: string | null
      /**
       * @description `running`: its job writes it; `unfinished`: its job ended before it was whole, so it is no backup and the next one deletes it; `unproven`: it is whole, and nothing has proven it; `proving`: its first proof waits or goes on; `proven`: it was restored into another database, and all was there; `failed`: it is damaged, or lacks something
       * @enum {string}
       */
      state: 'running' | 'unfinished' | 'unproven' | 'proving' | 'proven' | 'failed'
      /** @description of all parts in the bucket */
      storedBytes: number | null
    }
    BackupDownload: {
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      expiresAt: string
      ticket: string
    }
    BackupObjects: {
      next: string | null
      objects: {
        bytes: number
        key: string
      }[]
    }
    BackupOrder: {
      /** @description whether it has the content of images too; by default as the setting `backupContent` says */
      content?: boolean
    }
    BackupProof: {
      proof: {
        backup: string
        checked: {
          bytes: number
          /** @default 0 */
          copies?: number
          /** @default 0 */
          hashedCopies?: number
          manifests: number
          parts: number
          rows: number
          sampledBlobs: number
          sampledBytes: number
          segments: number
        }
        deletedSegments: number
        droppedRows: number
        endedAt: number
        findingCount: number
        findings: string[]
        /** @enum {number} */
        format: 1
        manifestSha256: string
        rpoSeconds: number | null
        rtoSeconds: number | null
        startedAt: number
        /** @enum {string} */
        state: 'proven' | 'failed'
      } | null
    }
    BegunBackup: {
      id: string
    }
    BegunProof: {
      /** @description the id of its job */
      job: string
    }
    BegunRepositories: {
      id: string
    }
    BegunRestore: components['schemas']['Restore'] & {
      /** @description continues the restore; it is shown once */
      token: string
    }
    ChangedAccessToken: {
      isActive?: boolean
      tokenLabel?: string
    }
    ChangedPruningPolicy: {
      enabled?: boolean
      rules?: {
        field: string
        operator: string
        values: string[]
      }[]
    }
    ChangedRepository: {
      /** @description accepted and ignored: manifest lists are always enabled */
      enableManifestLists?: boolean
      /** @description an existing tag cannot move to another image */
      immutableTags?: boolean
      /** @description Markdown */
      longDescription?: string
      /** @description accepted and ignored: this registry does not scan images */
      scanOnPush?: boolean
      shortDescription?: string
      /**
       * @description a push beyond this number of tags drops the oldest; 0 means no limit
       * @example 0
       */
      tagLimit?: number
      /**
       * @description who may pull: anyone, or only users with access
       * @enum {string}
       */
      visibility?: 'public' | 'private'
    }
    /**
     * @description any of the fields of Settings
     * @example {
     *       "readOnlyRegistry": true
     *     }
     */
    ChangedSettings: {
      /** @description after how many days an access token ends whose creator says nothing; never later than accessTokenMaxDays */
      accessTokenDefaultDays?: number
      /** @description how many days an access token may last at most; tokens that are there keep their end */
      accessTokenMaxDays?: number
      /** @description whether backups have the content of images too, which is not encrypted */
      backupContent?: boolean
      /** @description for how many days the newest backup of each day is kept */
      backupKeepDays?: number
      /** @description how many of the newest backups are kept */
      backupKeepLast?: number
      /** @description for how many weeks the newest backup of each week is kept */
      backupKeepWeeks?: number
      /** @description whether each backup is proven after it is made */
      backupProve?: boolean
      /** @description an alert tells when the newest proven backup is older */
      backupProvenWithin?: string
      /** @description public keys of age (X25519) for which backups are encrypted; each of their identities opens them. Empty: backups are not encrypted */
      backupRecipients?: string[]
      /** @description whether a push creates a missing repository if the caller may */
      createRepositoryOnPush?: boolean
      /** @description whether garbage collection deletes referrers, such as signatures, with their image */
      gcDeleteReferrers?: boolean
      /** @description the grace period: content pushed, mounted or confirmed to a pusher this recently is kept, used or not */
      gcGrace?: string
      /** @description whether garbage collection keeps untagged manifests */
      gcKeepUntaggedManifests?: boolean
      /** @description whether finished jobs and their logs are deleted */
      jobHistoryCompactionEnabled?: boolean
      /** @description jobs that ended longer ago than this are deleted */
      jobHistoryMaxAge?: string
      /** @description beyond this number, the jobs that ended first are deleted */
      jobHistoryToKeep?: number
      /** @description the share of what it found before, in percent, that a search of the directory has to find for a sync to change anything; one that finds nothing changes nothing in any case */
      ldapSyncMinimumShare?: number
      /** @description maximum bytes of the manifests and trust documents of a namespace in D1 */
      namespaceMaxManifestBytes?: number
      /** @description maximum number of repositories of a namespace */
      namespaceMaxRepositories?: number
      /** @description maximum number of tags of a namespace */
      namespaceMaxTags?: number
      /** @description maximum number of open uploads of a namespace; one repository may have a quarter of them */
      namespaceMaxUploads?: number
      /** @description where browsers find the registry, for single sign-on: https, or http on the same machine */
      publicOrigin?: string
      /** @description whether pulls continue without a majority of replicas */
      pullsWithoutMajority?: boolean
      /** @description whether the registry is read-only */
      readOnlyRegistry?: boolean
      /** @description whether old events are deleted */
      repoEventHistoryCompactionEnabled?: boolean
      /** @description events older than this are deleted */
      repoEventHistoryMaxAge?: string
      /** @description how many events of each group are kept: pulls and failed logins; changes of content; changes of accounts, permissions, tokens and settings */
      repoEventHistoryToKeep?: number
      /** @description how many minutes a session lasts */
      sessionLifetimeMinutes?: number
      /** @description beyond this number, the least recently used session of a user ends; 0: no limit */
      sessionPerUserLimit?: number
      /** @description a session that is used in its last minutes lasts as long again; 0: never */
      sessionRenewalThresholdMinutes?: number
      /** @description whether what Notary signs is restated for cosign and notation with the key of the registry; false withdraws it */
      trustBridge?: boolean
      /** @description hosts whose trust data is served, beside the host that a client asks: other names of this registry, and those of a registry it replaces */
      trustHosts?: string[]
    }
    ClusterStatus: {
      gc_lock_holder: string
      replica_health: {
        [key: string]: string
      }
      replica_readonly: {
        [key: string]: boolean
      }
      replica_timestamp: {
        [key: string]: string
      }
      rethink_system_tables: {
        cluster_config: {
          [key: string]: unknown
        }[]
        current_issues: {
          [key: string]: unknown
        }[]
        db_config: {
          [key: string]: unknown
        }[]
        server_status: {
          [key: string]: unknown
        }[]
        stats: {
          [key: string]: unknown
        }[]
        table_config: {
          [key: string]: unknown
        }[]
        table_status: {
          [key: string]: unknown
        }[]
      }
    }
    Cron: {
      /** @example gc */
      action: string
      /** @description stored and ignored */
      capacityMap: {
        [key: string]: number
      }
      /**
       * @description like "30m"; empty for none
       * @example 30m
       */
      deadline: string
      id: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      nextRun: string
      /**
       * @description parameters of the action
       * @example {
       *       "dryRun": true
       *     }
       */
      parameters: {
        [key: string]: unknown
      }
      retries: number
      /** @example 0 0 1 * * 6 */
      schedule: string
      /**
       * @description like "30m"; empty for none
       * @example 30m
       */
      stopTimeout: string
    }
    DirectoryJob: {
      /** @enum {string} */
      action: 'ldap-sync'
    }
    DockerfileLine: {
      /** @description the step created no layer */
      isEmpty: boolean
      layerDigest: string
      /** @example COPY app /usr/bin/app */
      line: string
      mediaType: string
      size: number
      /** @description where to download a nondistributable layer */
      urls: string[]
    }
    DockerRepository: {
      description: string
      is_official: boolean
      /** @description whether the repository has published trust data */
      is_trusted: boolean
      /** @example acme/backend */
      name: string
      star_count: number
    }
    DockerSearch: {
      num_results: number
      query: string
      results: components['schemas']['DockerRepository'][]
    }
    DockerSearchPage: {
      /** @enum {number} */
      num_pages: 1
      num_results: number
      /** @enum {number} */
      page: 1
      page_size: number
      query: string
      results: components['schemas']['DockerRepository'][]
    }
    Errors: {
      errors: {
        /** @example NO_SUCH_REPOSITORY */
        code: string
        detail?: unknown
        message: string
      }[]
    }
    Event: {
      /** @description id of the account; empty for anonymous callers and for the registry itself */
      actor: string
      /**
       * @description name of the account at the time
       * @example alice
       */
      actorName: string
      /**
       * @description workload: a job of a CI system, by a rule
       * @enum {string}
       */
      actorType: 'user' | 'workload'
      /** @example 1207 */
      id: string
      object: {
        /** @description further details, as JSON */
        content?: string
        /** @description a digest, the id of an account, … */
        id: string
        /** @example latest */
        name: string
        /** @enum {string} */
        type:
          | 'repository'
          | 'tag'
          | 'manifest'
          | 'blob'
          | 'account'
          | 'member'
          | 'team'
          | 'access'
          | 'token'
          | 'settings'
          | 'job'
          | 'cron'
          | 'consumer'
          | 'login'
          | 'backup'
          | 'directory'
          | 'workload'
          | 'policy'
          | 'signaturePolicy'
          | 'publicKey'
          | 'signerIdentity'
          | 'trustRoot'
          | 'registryKey'
          | 'trustData'
      }
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      publishedAt: string
      /**
       * @description empty for events that concern no repository
       * @example acme/backend
       */
      repository: string
      /** @enum {string} */
      type: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL'
    }
    EventConsumer: {
      /** @description in a row */
      failedAttempts: number
      /** @description false: no capability declares it; it is forgotten after a week */
      isInstalled: boolean
      /** @description how many events it is behind, at most */
      lag: number
      /** @description why the last attempt failed */
      lastError?: string
      /** @description how many events were deleted before it looked at them */
      missed: number
      /** @example metrics */
      name: string
      /**
       * Format: date-time
       * @description after a failure
       * @example 2026-01-31T09:30:00.000Z
       */
      nextAttemptAt?: string
      /** @description how many events it failed at and left behind */
      parked: number
    }
    Events: {
      events: components['schemas']['Event'][]
    }
    Features: {
      db_version: number
      metadataStoreOptedIn: boolean
      mirroringLicensed: boolean
      onlineGCEnabled: boolean
      promotionLicensed: boolean
      scanningEnabled: boolean
      scanningLicensed: boolean
      ucpHost: string
      /**
       * @description the version of Breakwater; DTR has no such field
       * @example 1.4.2
       */
      version: string
    }
    FoundAccount: {
      fullName: string
      id: string
      isOrg: boolean
      name: string
    }
    FsckPage: {
      /** @description how many items were checked; `bytes` were hashed */
      checked: {
        blobs?: number
        bytes?: number
        links?: number
        manifests?: number
        objects?: number
        references?: number
        segments?: number
        tags?: number
      }
      findings: {
        /** @enum {string} */
        kind:
          | 'object-missing'
          | 'object-unreadable'
          | 'object-unknown'
          | 'size-mismatch'
          | 'blob-incomplete'
          | 'blob-lost'
          | 'dangling-reference'
          | 'unreviewed'
          | 'content-mismatch'
          | 'references-missing'
        /** @description empty if it concerns the whole registry */
        repository: string
        /** @example object segments/0b6c… */
        subject: string
        /** @description the problem and the remedy */
        why: string
      }[]
      /** @description cursor of the next page; missing on the last page */
      next?: string
    }
    GivenAccess: {
      accessLevel: components['schemas']['AccessLevel']
    }
    GroupLinkConfig: {
      /** @description whether the team follows a group of the provider */
      enableLink: boolean
      /**
       * @description the group, as it stands in the claim or the attribute of groups
       * @default
       * @example registry-developers
       */
      groupName?: string
    }
    Identities: {
      identities: components['schemas']['Identity'][]
    }
    Identity: {
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      lastSeenAt: string
      /** @description the name that the user has there */
      name: string
      /** @description `ldap`, the issuer of an OpenID provider, or `saml:` and the entity ID of an identity provider */
      provider: string
      /** @description the ID of the user there */
      subject: string
    }
    Installation: {
      databaseBytes: number
      /** @description the largest database that D1 takes */
      databaseLimitBytes: number
      secret: {
        /** @description names `REGISTRY_SECRET`, and tells nothing about it */
        name: string
        /** @description how many stored keys open with the previous secret alone */
        needPrevious: number
        /** @description null while `REGISTRY_SECRET_PREVIOUS` is not set */
        previousName: string | null
      }
      /**
       * @description the version of Breakwater
       * @example 1.4.2
       */
      version: string
    }
    Job: {
      /** @example gc */
      action: string
      /** @description stored and ignored */
      capacityMap: {
        [key: string]: number
      }
      /**
       * @description like "30m"; empty for none
       * @example 30m
       */
      deadline: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      endedAt?: string
      /** @example 1fcf4c0f-ff3b-471a-8839-5dcb631b2f7b */
      id: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      lastUpdated: string
      /**
       * @description parameters of the action
       * @example {
       *       "dryRun": true
       *     }
       */
      parameters: {
        [key: string]: unknown
      }
      retriesLeft: number
      retriesTotal: number
      /** @description the job that this one retries; its own id for the first try */
      retryFromID: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      scheduledAt: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      startedAt?: string
      /** @enum {string} */
      status: 'waiting' | 'running' | 'cancel_request' | 'done' | 'canceled' | 'errored' | 'worker_dead'
      /**
       * @description like "30m"; empty for none
       * @example 30m
       */
      stopTimeout: string
      /** @description why a due job has not started */
      waitingFor?: string
      /** @description the worker that runs the job or ran it last; empty while it waits */
      workerID: string
    }
    JobLogLine: {
      data: string
      lineNum: number
    }
    JoinedReplica: {
      epoch: number
      id: string
      location: string
      members: {
        id: string
        location: string
      }[]
    }
    JudgedBackups: {
      backups: {
        /**
         * Format: date-time
         * @example 2026-01-31T09:30:00.000Z
         */
        createdAt: string
        id: string
        /** @description the rules that keep it; without one it is deleted. `newer`: it is not proven, and newer than all that are */
        keptFor: ('last' | 'day' | 'week' | 'last-proven' | 'newer')[]
        /** @enum {string} */
        state: 'proven' | 'unproven' | 'failed'
      }[]
      /** @description the id of the job; null for a dry run */
      job: string | null
    }
    LDAPIdentity: {
      dn: string
      name: string
      provider: string
      subject: string
    }
    LDAPLink: {
      /** @description the name that the user has in the directory */
      username: string
    }
    LDAPLogin: {
      password: string
      settings?: {
        /** @default [] */
        additionalDomains?:
          | {
              domain: string
              lastReaderDN?: string
              lastReaderPassword?: string
              /** @default false */
              noSimplePagination?: boolean
              /** @default  */
              readerDN?: string
              readerPassword?: string
              /** @default  */
              rootCerts?: string
              serverURL: string
              /** @default false */
              startTLS?: boolean
              /** @default false */
              tlsSkipVerify?: boolean
            }[]
          | null
        /**
         * @default {
         *       "enableSync": false,
         *       "selectGroupMembers": false,
         *       "groupDN": "",
         *       "groupMemberAttr": "",
         *       "searchBaseDN": "",
         *       "searchScopeSubtree": false,
         *       "searchFilter": ""
         *     }
         */
        adminSyncOpts?: {
          /** @description whether the directory decides; if false, the rest has no effect */
          enableSync: boolean
          /**
           * @description like cn=dev,ou=groups,dc=example,dc=com
           * @default
           */
          groupDN?: string
          /**
           * @description like member
           * @default
           */
          groupMemberAttr?: string
          /**
           * @description like ou=people,dc=example,dc=com
           * @default
           */
          searchBaseDN?: string
          /**
           * @description RFC 4515; empty: every user
           * @default
           */
          searchFilter?: string
          /**
           * @description true: all below the base; false: the entries right below it
           * @default false
           */
          searchScopeSubtree?: boolean
          /**
           * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
           * @default false
           */
          selectGroupMembers?: boolean
        }
        /** @default true */
        jitUserProvisioning?: boolean
        lastReaderDN?: string
        lastReaderPassword?: string
        /** @default false */
        noSimplePagination?: boolean
        /** @default  */
        readerDN?: string
        readerPassword?: string
        /** @default  */
        rootCerts?: string
        serverURL: string
        /** @default false */
        startTLS?: boolean
        /** @default  */
        syncSchedule?: string
        /** @default false */
        tlsSkipVerify?: boolean
        /** @default [] */
        userSearchConfigs?:
          | {
              baseDN: string
              /** @default  */
              filter?: string
              /** @default  */
              fullNameAttr?: string
              /** @default false */
              matchGroup?: boolean
              /** @default  */
              matchGroupDN?: string
              /** @default false */
              matchGroupIterate?: boolean
              /** @default  */
              matchGroupMemberAttr?: string
              /** @default false */
              scopeSubtree?: boolean
              usernameAttr: string
            }[]
          | null
      }
      username: string
    }
    LDAPLoginTest: {
      /** @description the account of the user, or the one of the first login */
      accountName?: string
      dn?: string
      /** @description whether the user may log in */
      isRight: boolean
      steps: {
        message: string
        /** @enum {string} */
        outcome: 'done' | 'failed' | 'skipped'
        /** @enum {string} */
        step: 'connect' | 'tls' | 'reader-bind' | 'search' | 'user-bind' | 'name'
      }[]
    }
    LDAPSettings: {
      /** @default [] */
      additionalDomains?:
        | {
            domain: string
            lastReaderDN?: string
            lastReaderPassword?: string
            /** @default false */
            noSimplePagination?: boolean
            /** @default  */
            readerDN?: string
            readerPassword?: string
            /** @default  */
            rootCerts?: string
            serverURL: string
            /** @default false */
            startTLS?: boolean
            /** @default false */
            tlsSkipVerify?: boolean
          }[]
        | null
      /**
       * @default {
       *       "enableSync": false,
       *       "selectGroupMembers": false,
       *       "groupDN": "",
       *       "groupMemberAttr": "",
       *       "searchBaseDN": "",
       *       "searchScopeSubtree": false,
       *       "searchFilter": ""
       *     }
       */
      adminSyncOpts?: {
        /** @description whether the directory decides; if false, the rest has no effect */
        enableSync: boolean
        /**
         * @description like cn=dev,ou=groups,dc=example,dc=com
         * @default
         */
        groupDN?: string
        /**
         * @description like member
         * @default
         */
        groupMemberAttr?: string
        /**
         * @description like ou=people,dc=example,dc=com
         * @default
         */
        searchBaseDN?: string
        /**
         * @description RFC 4515; empty: every user
         * @default
         */
        searchFilter?: string
        /**
         * @description true: all below the base; false: the entries right below it
         * @default false
         */
        searchScopeSubtree?: boolean
        /**
         * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
         * @default false
         */
        selectGroupMembers?: boolean
      }
      /** @default true */
      jitUserProvisioning?: boolean
      lastReaderDN?: string
      lastReaderPassword?: string
      /** @default false */
      noSimplePagination?: boolean
      /** @default  */
      readerDN?: string
      readerPassword?: string
      /** @default  */
      rootCerts?: string
      serverURL: string
      /** @default false */
      startTLS?: boolean
      /** @default  */
      syncSchedule?: string
      /** @default false */
      tlsSkipVerify?: boolean
      /** @default [] */
      userSearchConfigs?:
        | {
            baseDN: string
            /** @default  */
            filter?: string
            /** @default  */
            fullNameAttr?: string
            /** @default false */
            matchGroup?: boolean
            /** @default  */
            matchGroupDN?: string
            /** @default false */
            matchGroupIterate?: boolean
            /** @default  */
            matchGroupMemberAttr?: string
            /** @default false */
            scopeSubtree?: boolean
            usernameAttr: string
          }[]
        | null
    }
    LentKey: {
      /** @description what the wrapped key opens to */
      dataKey: string
    }
    Login: {
      /**
       * @description for pages of the registry: keeps the session in a cookie that no script reads, in place of `auth_token`; each change then needs the header `X-CSRF-Token` of this answer, or of a later one
       * @default false
       */
      cookie?: boolean
      password: string
      username: string
    }
    Manifest: {
      /** @example amd64 */
      architecture: string
      /**
       * @description who pushed it
       * @example alice
       */
      author: string
      configDigest: string
      configMediaType: string
      /** @description when the image was built; empty if unknown */
      createdAt: string
      digest: string
      dockerfile: components['schemas']['DockerfileLine'][]
      mediaType: string
      /** @example linux */
      os: string
      osVersion: string
      /** @description total bytes of the config and the layers */
      size: number
    }
    Member: {
      isAdmin: boolean
      member: components['schemas']['Account']
    }
    MemberOrgs: {
      memberOrgs: {
        isAdmin: boolean
        org: components['schemas']['Account']
      }[]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
    }
    Members: {
      members: components['schemas']['Member'][]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
    }
    Membership: {
      /** @description if omitted, it stays unchanged */
      isAdmin?: boolean
    }
    MemberTeams: {
      memberTeams: {
        isAdmin: boolean
        team: components['schemas']['Team']
      }[]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
    }
    NamespaceTeamAccess: {
      accessLevel: components['schemas']['AccessLevel']
      /** @example acme */
      namespace: string
      team: components['schemas']['SeenTeam']
    }
    NamespaceTeamAccessList: {
      /** @example acme */
      namespace: string
      teamAccessList: components['schemas']['TeamAccess'][]
    }
    NewAccessToken: components['schemas']['AccessToken'] & {
      /** @description the secret, shown only once */
      token: string
    }
    NewAccount: {
      /** @default  */
      fullName?: string
      /** @default true */
      isActive?: boolean
      /** @default false */
      isAdmin?: boolean
      /** @default false */
      isOrg?: boolean
      name: string
      /** @description only for a user; at least 8 characters */
      password?: string
      /**
       * @description makes the account of a user of the directory, without a password, and with the full name there
       * @default false
       */
      searchLDAP?: boolean
    }
    NewIdentity: {
      name: string
      provider: string
      subject: string
    }
    NewPruningPolicy: {
      /** @default true */
      enabled?: boolean
      rules: {
        field: string
        operator: string
        values: string[]
      }[]
    }
    NewPublicKey: {
      /**
       * @default
       * @example laptop
       */
      label?: string
      /** @description a public key, or a certificate with its intermediates, in PEM */
      publicKey: string
    }
    NewRepository: {
      /** @description accepted and ignored: manifest lists are always enabled */
      enableManifestLists?: boolean
      /**
       * @description an existing tag cannot move to another image
       * @default false
       */
      immutableTags?: boolean
      /**
       * @description Markdown
       * @default
       */
      longDescription?: string
      /**
       * @description without the namespace
       * @example backend
       */
      name: string
      /** @description accepted and ignored: this registry does not scan images */
      scanOnPush?: boolean
      /** @default  */
      shortDescription?: string
      /**
       * @description a push beyond this number of tags drops the oldest; 0 means no limit
       * @default 0
       * @example 0
       */
      tagLimit?: number
      /**
       * @description who may pull: anyone, or only users with access
       * @default private
       * @enum {string}
       */
      visibility?: 'public' | 'private'
    }
    NewServiceAccount: {
      /** @default  */
      description?: string
      /**
       * @description what follows the name of the organization
       * @example ci
       */
      name: string
    }
    NewSignaturePolicy: {
      /**
       * @description enforce: other pulls are refused; report: they go on, and their events say what is missing
       * @enum {string}
       */
      mode: 'report' | 'enforce'
      teams: string[]
    }
    NewSignerIdentity: {
      /**
       * @description the user who signs so
       * @example alice
       */
      account: string
      /**
       * @description of a keyless signature the OIDC issuer; of an X.509 certificate "x509:" and the name of a trust root
       * @example https://token.actions.githubusercontent.com
       */
      issuer: string
      /**
       * @description of the certificate, in which "*" stands for any text
       * @example https://github.com/acme/*
       */
      subject: string
    }
    NewTeam: {
      /** @default  */
      description?: string
      name: string
    }
    NewTrustRoot: {
      /** @description sigstore: trusted_root.json as text; x509: certificates in PEM, for notation */
      document: string
      /** @enum {string} */
      kind: 'sigstore' | 'x509'
    }
    NewWorkloadRule: {
      /**
       * @description a token that is used as a password may come again from another network than the first time
       * @default false
       */
      anyNetwork?: boolean
      /** @description the aud of the tokens; this registry, as "https://registry.example.com", if missing */
      audience?: string
      /**
       * @description an expression in CEL over `claims`, which gives true for the workloads that get in
       * @example claims.repository_id == "1234" && claims.ref == "refs/heads/main"
       */
      condition: string
      /** @default true */
      enabled?: boolean
      /**
       * @description the iss of the tokens
       * @example https://token.actions.githubusercontent.com
       */
      issuer: string
      /** @description the public keys of the issuer (RFC 7517), where the registry cannot reach it; it is asked for them if missing */
      keySet?: {
        keys: ({
          kty: string
        } & {
          [key: string]: unknown
        })[]
      } & {
        [key: string]: unknown
      }
      /**
       * @description read-write pushes and deletes content too
       * @default read-only
       * @enum {string}
       */
      level?: 'read-only' | 'read-write'
      /**
       * @description what they may use: "acme/app", or "acme/*" for all of a namespace
       * @example [
       *       "acme/app"
       *     ]
       */
      repositories: string[]
    }
    OidcSettings: {
      /**
       * @description claim that makes administrators of the registry; empty to appoint them here
       * @default
       */
      adminClaim?: string
      /**
       * @description the value of "adminClaim" that makes an administrator
       * @default
       */
      adminValue?: string
      /**
       * @description how the registry proves to the provider who it is
       * @default client_secret_basic
       * @enum {string}
       */
      clientAuthMethod?: 'client_secret_basic' | 'client_secret_post' | 'none'
      /**
       * @description the ID of this registry at the provider
       * @default
       */
      clientID?: string
      /** @description whether a client secret is stored; it is shown to no one */
      clientSecretSet: boolean
      /**
       * @description whether users can log in at the provider
       * @default false
       */
      enabled?: boolean
      /**
       * @description claim with the full name; empty for none
       * @default name
       */
      fullNameClaim?: string
      /**
       * @description claim with the groups, which teams may be linked to; empty for none
       * @default
       */
      groupsClaim?: string
      /**
       * @description URL of the provider, as its discovery document says it
       * @default
       */
      issuer?: string
      /**
       * @description whether the first login of a user makes an account
       * @default true
       */
      jitUserProvisioning?: boolean
      /**
       * @description claim without which no user is let in; empty for none
       * @default
       */
      requiredClaim?: string
      /**
       * @description the value that "requiredClaim" must have
       * @default
       */
      requiredValue?: string
      /**
       * @description what is asked for
       * @default [
       *       "openid",
       *       "profile",
       *       "email"
       *     ]
       */
      scopes?: string[]
      /**
       * @description whether the name of a new account is what stands before the first "@" of the claim
       * @default false
       */
      usernameBeforeAt?: boolean
      /**
       * @description claim with the name of a new account
       * @default preferred_username
       */
      usernameClaim?: string
    }
    OidcSettingsToSet: {
      /**
       * @description claim that makes administrators of the registry; empty to appoint them here
       * @default
       */
      adminClaim?: string
      /**
       * @description the value of "adminClaim" that makes an administrator
       * @default
       */
      adminValue?: string
      /**
       * @description how the registry proves to the provider who it is
       * @default client_secret_basic
       * @enum {string}
       */
      clientAuthMethod?: 'client_secret_basic' | 'client_secret_post' | 'none'
      /**
       * @description the ID of this registry at the provider
       * @default
       */
      clientID?: string
      /** @description the secret of this registry at the provider; omitted to keep the one that is stored */
      clientSecret?: string
      /**
       * @description whether users can log in at the provider
       * @default false
       */
      enabled?: boolean
      /**
       * @description claim with the full name; empty for none
       * @default name
       */
      fullNameClaim?: string
      /**
       * @description claim with the groups, which teams may be linked to; empty for none
       * @default
       */
      groupsClaim?: string
      /**
       * @description URL of the provider, as its discovery document says it
       * @default
       */
      issuer?: string
      /**
       * @description whether the first login of a user makes an account
       * @default true
       */
      jitUserProvisioning?: boolean
      /**
       * @description claim without which no user is let in; empty for none
       * @default
       */
      requiredClaim?: string
      /**
       * @description the value that "requiredClaim" must have
       * @default
       */
      requiredValue?: string
      /**
       * @description what is asked for
       * @default [
       *       "openid",
       *       "profile",
       *       "email"
       *     ]
       */
      scopes?: string[]
      /**
       * @description whether the name of a new account is what stands before the first "@" of the claim
       * @default false
       */
      usernameBeforeAt?: boolean
      /**
       * @description claim with the name of a new account
       * @default preferred_username
       */
      usernameClaim?: string
    }
    OidcTest: {
      /** @description whether all steps succeed */
      ok: boolean
      steps: {
        message: string
        ok: boolean
        /** @enum {string} */
        step: 'discovery' | 'endpoints' | 'keys' | 'client'
      }[]
    }
    ParkedEvent: {
      /**
       * @description name of the account at the time
       * @example alice
       */
      actorName: string
      /** @example 1207 */
      id: string
      /** @description it will be tried again */
      isRetried: boolean
      /** @example latest */
      objectName: string
      /** @example tag */
      objectType: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      parkedAt: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      publishedAt: string
      /** @description why it failed */
      reason: string
      /** @description empty for events that concern no repository */
      repository: string
      /** @enum {string} */
      type: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL'
    }
    PasswordChange: {
      /**
       * @description also deletes all access tokens of the user, for example after a theft
       * @default false
       */
      endAccessTokens?: boolean
      /** @description at least 8 characters */
      newPassword: string
      /** @description administrators may omit it */
      oldPassword?: string
    }
    PrunedTags: {
      digest: string
      name: string
    }[]
    PruneOrder: {
      /** @default false */
      dryRun?: boolean
    }
    PruningPolicy: {
      enabled: boolean
      id: string
      /**
       * Format: date-time
       * @description when it last deleted a tag; 0001-01-01T00:00:00Z if never
       */
      lastPrunedAt: string
      /** @example acme/backend */
      repository: string
      rules: components['schemas']['PruningRule'][]
      /**
       * Format: date-time
       * @description the policy applies only to tags pushed after this time; if missing, to all
       * @example 2026-01-31T09:30:00.000Z
       */
      tagsSince?: string
    }
    /**
     * @example {
     *       "field": "tag",
     *       "operator": "sw",
     *       "values": [
     *         "nightly-"
     *       ]
     *     }
     */
    PruningRule: {
      /** @description "tag", "updated_at" or "updated_at_duration" */
      field: string
      /** @description for a tag: eq, oo, sw, ew, c (equals, one of, starts with, ends with, contains) and the opposites noo, nsw, new, nc; for a time: bf, af (before, after) */
      operator: string
      values: string[]
    }
    PublicKey: {
      accountID: string
      /** @description always empty: a certificate is shown as the publicKey that it was sent as */
      certificates: {
        cert: string
        label: string
      }[]
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /** @description SHA-256 of the DER SubjectPublicKeyInfo, which signatures name */
      fingerprint: string
      id: string
      /** @example laptop */
      label: string
      /** @description a public key, or a certificate with its intermediates, in PEM */
      publicKey: string
    }
    PublicKeyChange: {
      /** @example laptop */
      label: string
    }
    PublicKeys: {
      accountPublicKeys: components['schemas']['PublicKey'][]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
    }
    ReadOnlyMode: {
      /** @description who switched it; empty if the registry did */
      by: string
      on: boolean
      reason: string
      /**
       * Format: date-time
       * @description when it ends automatically
       * @example 2026-01-31T09:30:00.000Z
       */
      until?: string
    }
    RegistryKey: {
      /** @description self-signed, in PEM, as at `/trust/registry.crt` */
      certificate: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /** @description SHA-256 of the public key (DER SubjectPublicKeyInfo) */
      fingerprint: string
      /** @description in PEM, as at `/trust/registry.pem` */
      publicKey: string
    }
    Replica: {
      /** @description whether it answered this request */
      answers: boolean
      /** @description empty if healthy */
      error: string
      healthy: boolean
      id: string
      location: string
      probes: {
        error: string
        milliseconds: number
        subsystem: string
      }[]
      /**
       * Format: date-time
       * @description when it last checked its subsystems, if known
       * @example 2026-01-31T09:30:00.000Z
       */
      reportedAt?: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      startedAt?: string
    }
    /** @enum {string} */
    ReplicaLocation: 'weur' | 'enam' | 'apac' | 'eeur' | 'wnam' | 'oc' | 'sam'
    ReplicaMembers: {
      epoch: number
      members: {
        id: string
        location: string
      }[]
    }
    Replicas: {
      epoch: number
      /** @description the problem of the cluster; empty while it has a majority */
      error: string
      hasMajority: boolean
      healthy: number
      majority: number
      replicas: components['schemas']['Replica'][]
    }
    Repositories: {
      repositories: components['schemas']['Repository'][]
    }
    Repository: {
      enableManifestLists: boolean
      id: string
      immutableTags: boolean
      longDescription: string
      /** @description without the namespace */
      name: string
      namespace: string
      /** @enum {string} */
      namespaceType: 'user' | 'organization'
      pulls: number
      pushes: number
      scanOnPush: boolean
      shortDescription: string
      tagLimit: number
      /** @enum {string} */
      visibility: 'public' | 'private'
    }
    RepositoryAccess: {
      accessLevel: components['schemas']['AccessLevel']
      repository: components['schemas']['Repository']
    }
    RepositoryTeamAccess: {
      accessLevel: components['schemas']['AccessLevel']
      repository: components['schemas']['Repository']
      team: components['schemas']['SeenTeam']
    }
    RepositoryTeamAccessList: {
      repository: components['schemas']['Repository']
      teamAccessList: components['schemas']['TeamAccess'][]
    }
    Restatements: {
      /** @description how many images are restated */
      images: number
      /** @description whether the job `trust_bridge` has to look at the repository still */
      pending: boolean
    }
    Restore: {
      backup: string
      /** @description another worker does the next slice: ask again in a second */
      busy: boolean
      /** @description of the step */
      done: number
      id: string
      report: components['schemas']['RestoreReport']
      /** @enum {string} */
      state: 'running' | 'done'
      /**
       * @description up to and with `verify` nothing is changed; null when it is done
       * @enum {string|null}
       */
      step: 'verify' | 'prepare' | 'load' | 'revoked' | 'put-back' | 'content' | 'images' | 'finish' | null
      total: number
    }
    /** @description null until it is done */
    RestoreReport: {
      /**
       * Format: date-time
       * @description what changed after that is not restored
       * @example 2026-01-31T09:30:00.000Z
       */
      backupMadeAt: string
      /** @description rows by table that named what was deleted while the backup was made */
      dropped: {
        [key: string]: number
      }
      /** @description of the replicas */
      epoch: number
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      finishedAt: string
      /** @description images that lost content: a push of the same content brings it back */
      lostImages: {
        digest: string
        repository: string
      }[]
      /** @description objects that the bucket of content lacks */
      missingSegments: number
      /** @description what was taken away after the backup: tokens are inactive, all else is back */
      revoked: {
        isHeldBack: boolean
        kind: string
        label: string
        owner: string
        /**
         * Format: date-time
         * @example 2026-01-31T09:30:00.000Z
         */
        revokedAt: string
      }[]
      rows: number
      /** @description objects that were copied back from the content of backups */
      segmentsPutBack: number
      /** @description why some of what was taken away is not known; empty if all is */
      unknownRevocations: string[]
    } | null
    SamlSettings: {
      /**
       * @description attribute that makes administrators of the registry; empty to appoint them here
       * @default is-admin
       */
      adminAttribute?: string
      /**
       * @description the value of "adminAttribute" that makes an administrator; empty for any but false, 0 and no
       * @default
       */
      adminValue?: string
      /**
       * @description whether users can log in by SAML
       * @default false
       */
      enabled?: boolean
      /**
       * @description attribute with the full name; empty for none
       * @default fullname
       */
      fullNameAttribute?: string
      /**
       * @description attribute with the groups, which teams may be linked to; empty to leave teams alone
       * @default member-of
       */
      groupsAttribute?: string
      /**
       * @description the metadata of the identity provider as a text, for one that serves none
       * @default
       */
      idpMetadata?: string
      /**
       * @description where the metadata of the identity provider are; empty for a text
       * @default
       */
      idpMetadataURL?: string
      /**
       * @description whether the first login of a user makes an account
       * @default true
       */
      jitUserProvisioning?: boolean
      /**
       * @description the format of the NameID that is asked for, and by which users are known without a subjectAttribute
       * @default urn:oasis:names:tc:SAML:2.0:nameid-format:persistent
       */
      nameIDFormat?: string
      /**
       * @description attribute without which no user is let in; empty for none
       * @default
       */
      requiredAttribute?: string
      /**
       * @description the value that "requiredAttribute" must have
       * @default
       */
      requiredValue?: string
      /**
       * @description empty, always
       * @default
       */
      rootCerts?: string
      /**
       * @description the host of this registry, as DTR had it: that of publicOrigin, or empty
       * @default
       */
      spHost?: string
      /**
       * @description attribute with the ID that a user never loses and no other gets; empty for the NameID
       * @default
       */
      subjectAttribute?: string
      /**
       * @description false, always
       * @default false
       */
      tlsSkipVerify?: boolean
      /**
       * @description attribute with the name of a new account; empty for the NameID, as DTR did
       * @default
       */
      usernameAttribute?: string
      /**
       * @description whether the name of a new account is what stands before the first "@"
       * @default false
       */
      usernameBeforeAt?: boolean
    }
    SamlTest: {
      /** @description where the provider sends its answers */
      acsURL: string
      certificates: {
        subject: string
        until: string
      }[]
      /** @description the name of the provider */
      entityID: string
      /** @description what is wrong, and what to do about it */
      message: string
      /** @description whether users could log in */
      ok: boolean
      /** @description the name of this registry, for the provider */
      registryEntityID: string
      /** @description where users log in */
      ssoURL: string
    }
    SeenTeam: {
      /** @description whether the caller is in the team */
      clientUserIsMember: boolean
      id: string
      name: string
      orgID: string
    }
    ServiceAccount: {
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /** @example alice */
      createdBy: string
      description: string
      id: string
      isActive: boolean
      /**
       * Format: date-time
       * @description of its tokens, to the minute; 0001-01-01T00:00:00Z if never used
       */
      lastUsed: string
      /**
       * @description the user name for "docker login"
       * @example robot.acme.ci
       */
      name: string
    }
    ServiceAccountChange: {
      isActive: boolean
    }
    ServiceAccounts: {
      serviceAccounts: components['schemas']['ServiceAccount'][]
    }
    Session: {
      /** @description is left out for a session in a cookie */
      auth_token?: string
    }
    SessionPolicy: {
      /** @example 60 */
      lifetimeMinutes: number
      /**
       * @description beyond it, the least recently used session ends; 0: no limit
       * @example 10
       */
      perUserLimit: number
      /**
       * @description a session that is used in its last minutes is renewed; 0: never
       * @example 20
       */
      renewalThresholdMinutes: number
    }
    Settings: {
      /** @description after how many days an access token ends whose creator says nothing; never later than accessTokenMaxDays */
      accessTokenDefaultDays: number
      /** @description how many days an access token may last at most; tokens that are there keep their end */
      accessTokenMaxDays: number
      /** @description whether backups have the content of images too, which is not encrypted */
      backupContent: boolean
      /** @description for how many days the newest backup of each day is kept */
      backupKeepDays: number
      /** @description how many of the newest backups are kept */
      backupKeepLast: number
      /** @description for how many weeks the newest backup of each week is kept */
      backupKeepWeeks: number
      /** @description whether each backup is proven after it is made */
      backupProve: boolean
      /** @description an alert tells when the newest proven backup is older */
      backupProvenWithin: string
      /** @description public keys of age (X25519) for which backups are encrypted; each of their identities opens them. Empty: backups are not encrypted */
      backupRecipients: string[]
      /** @description whether a push creates a missing repository if the caller may */
      createRepositoryOnPush: boolean
      /** @description whether garbage collection deletes referrers, such as signatures, with their image */
      gcDeleteReferrers: boolean
      /** @description the grace period: content pushed, mounted or confirmed to a pusher this recently is kept, used or not */
      gcGrace: string
      /** @description whether garbage collection keeps untagged manifests */
      gcKeepUntaggedManifests: boolean
      /** @description whether finished jobs and their logs are deleted */
      jobHistoryCompactionEnabled: boolean
      /** @description jobs that ended longer ago than this are deleted */
      jobHistoryMaxAge: string
      /** @description beyond this number, the jobs that ended first are deleted */
      jobHistoryToKeep: number
      /** @description the share of what it found before, in percent, that a search of the directory has to find for a sync to change anything; one that finds nothing changes nothing in any case */
      ldapSyncMinimumShare: number
      /** @description maximum bytes of the manifests and trust documents of a namespace in D1 */
      namespaceMaxManifestBytes: number
      /** @description maximum number of repositories of a namespace */
      namespaceMaxRepositories: number
      /** @description maximum number of tags of a namespace */
      namespaceMaxTags: number
      /** @description maximum number of open uploads of a namespace; one repository may have a quarter of them */
      namespaceMaxUploads: number
      /** @description where browsers find the registry, for single sign-on: https, or http on the same machine */
      publicOrigin: string
      /** @description whether pulls continue without a majority of replicas */
      pullsWithoutMajority: boolean
      /** @description whether the registry is read-only */
      readOnlyRegistry: boolean
      /** @description whether old events are deleted */
      repoEventHistoryCompactionEnabled: boolean
      /** @description events older than this are deleted */
      repoEventHistoryMaxAge: string
      /** @description how many events of each group are kept: pulls and failed logins; changes of content; changes of accounts, permissions, tokens and settings */
      repoEventHistoryToKeep: number
      /** @description how many minutes a session lasts */
      sessionLifetimeMinutes: number
      /** @description beyond this number, the least recently used session of a user ends; 0: no limit */
      sessionPerUserLimit: number
      /** @description a session that is used in its last minutes lasts as long again; 0: never */
      sessionRenewalThresholdMinutes: number
      /** @description whether what Notary signs is restated for cosign and notation with the key of the registry; false withdraws it */
      trustBridge: boolean
      /** @description hosts whose trust data is served, beside the host that a client asks: other names of this registry, and those of a registry it replaces */
      trustHosts: string[]
    }
    Signature: {
      /** @description whether its signer has to renew it, as clients of Notary refuse it */
      expired: boolean
      /** @description SHA-256 of the DER SubjectPublicKeyInfo; empty for a keyless identity */
      key: string
      /** @enum {string} */
      kind: 'notary' | 'cosign' | 'notation'
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      signedAt: string
      /**
       * @description the user whose key it is, or else the subject of the certificate or keyless identity
       * @example alice
       */
      signer: string
    }
    SignaturePolicy: {
      /** @enum {string} */
      mode: 'report' | 'enforce'
      teams: {
        /** @description a deleted team is still demanded, and nothing meets that */
        exists: boolean
        /** @example acme/security */
        name: string
      }[]
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      updatedAt: string
    }
    SignatureReplay: {
      /** @description begins the next page; missing on the last one */
      next?: string
      /** @description how many pulls this page looked at */
      pulls: number
      refused: {
        /**
         * @description empty for callers without a login
         * @example alice
         */
        caller: string
        count: number
        digest: string
        /**
         * Format: date-time
         * @example 2026-01-31T09:30:00.000Z
         */
        lastPulledAt: string
        /**
         * @description the tag that was pulled, or the digest
         * @example latest
         */
        name: string
        /** @example acme/backend */
        repository: string
        /**
         * @description of which no member has signed
         * @example [
         *       "acme/security"
         *     ]
         */
        teams: string[]
      }[]
    }
    SignatureReplayQuestion: {
      /** @default 30 */
      days?: number
      next?: string
      /** @description of a proposed policy; if omitted, the present policies count, as if all were enforced */
      teams?: string[]
    }
    SignerIdentity: {
      /**
       * @description the user who signs so
       * @example alice
       */
      account: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      id: string
      /**
       * @description of a keyless signature the OIDC issuer; of an X.509 certificate "x509:" and the name of a trust root
       * @example https://token.actions.githubusercontent.com
       */
      issuer: string
      /**
       * @description of the certificate, in which "*" stands for any text
       * @example https://github.com/acme/*
       */
      subject: string
    }
    SingleSignOn: {
      /** @description takes the code that a command shows */
      deviceURL: string
      /** @description begins a login; a command adds its port, challenge and state */
      loginURL: string
    }
    SsoCode: {
      /** @description the code of the login */
      code: string
      /** @description the text whose SHA-256 was the challenge (RFC 7636) */
      verifier: string
    }
    SsoDevice: {
      /** @description the SHA-256 of a text that only the command knows (RFC 7636) */
      challenge: string
      /**
       * @description what the user is told of the machine
       * @default
       */
      device?: string
      /**
       * @default login
       * @enum {string}
       */
      purpose?: 'login' | 'link'
    }
    SsoDeviceCodes: {
      /** @description the code to ask for the session with */
      deviceCode: string
      deviceURL: string
      /** @description seconds */
      expiresIn: number
      /** @description the code that the user types in the browser */
      userCode: string
    }
    SsoSession: {
      auth_token: string
      username: string
    }
    Tag: {
      /**
       * @description who pushed it last
       * @example alice
       */
      author: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      digest: string
      /** @description whether the trust data names another image for the tag */
      hashMismatch: boolean
      /** @description whether the trust data has the tag, where Docker looks for it */
      inNotary: boolean
      manifest: components['schemas']['Manifest'] | null
      /** @example latest */
      name: string
      /** @description whether the trust data that has the tag is expired */
      notaryExpired: boolean
      /** @description of what the tag points at, the oldest first, 20 at most */
      signatures: components['schemas']['Signature'][]
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      updatedAt: string
    }
    Team: {
      description: string
      id: string
      /** @description counted up to 10,000, or up to 100 in a list */
      membersCount: number
      name: string
      orgID: string
    }
    TeamAccess: {
      accessLevel: components['schemas']['AccessLevel']
      team: components['schemas']['SeenTeam']
    }
    TeamChanges: {
      description?: string
      name?: string
    }
    TeamRepositoryAccessList: {
      repositoryAccessList: components['schemas']['RepositoryAccess'][]
      team: components['schemas']['SeenTeam']
    }
    Teams: {
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
      teams: components['schemas']['Team'][]
    }
    TentativePruningPolicy: {
      rules: {
        field: string
        operator: string
        values: string[]
      }[]
    }
    TriedToken: {
      token: string
    }
    TrustImport: {
      /** @description each version of the root that there is, and the current document of each other role, in any order */
      documents: {
        /** @description the exact bytes in base64 */
        content: string
        /** @example targets/releases */
        role: string
      }[]
      /** @example registry.example.com/acme/app */
      gun: string
    }
    TrustImportReport: {
      gun: string
      missingImages: {
        /** @description targets whose image is not in the repository */
        count: number
        /** @description the first of them */
        images: {
          digest: string
          name: string
        }[]
      }
      /** @description the oldest root that is here now: a client that knows only an older one has to forget it */
      oldestRoot: number
      /**
       * @description `continued`: an earlier import had older versions; `unchanged`: all of it was here
       * @enum {string}
       */
      outcome: 'imported' | 'continued' | 'unchanged'
      roles: {
        expired: boolean
        /** @example 2029-11-22T11:22:26.112Z */
        expires: string
        /** @description why clients refuse it or pass over it */
        flaw?: string
        role: string
        /** @description how many targets it lists */
        targets?: number
        version: number
      }[]
    }
    TrustRoot: {
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /** @description sigstore: trusted_root.json as text; x509: certificates in PEM, for notation */
      document: string
      /** @enum {string} */
      kind: 'sigstore' | 'x509'
      /** @example sigstore */
      name: string
    }
    UserRepositoryAccess: {
      accessLevel: components['schemas']['AccessLevel']
      repository: components['schemas']['Repository']
      user: components['schemas']['Account']
    }
    UserSession: {
      /**
       * @description where it was opened
       * @example 192.0.2.7
       */
      address: string
      /**
       * @description User-Agent of the client that opened it
       * @example curl/8.5.0
       */
      agent: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      createdAt: string
      /**
       * Format: date-time
       * @description use near the end renews it, as the policy says
       * @example 2026-01-31T09:30:00.000Z
       */
      expiresAt: string
      /** @description SHA-256 of the token of the session */
      id: string
      /**
       * Format: date-time
       * @description to the minute
       * @example 2026-01-31T09:30:00.000Z
       */
      lastUsedAt: string
    }
    UserSessions: {
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description total count, up to 10,000 */
      resourceCount: number
      sessions: components['schemas']['UserSession'][]
    }
    WantedAccessToken: {
      /**
       * Format: date-time
       * @description when it ends; by default after accessTokenDefaultDays
       */
      expiresAt?: string
      level?: components['schemas']['AccessTokenLevel']
      /**
       * @description of which it opens every repository; without any name it opens all that its owner may reach
       * @default []
       */
      namespaces?: string[]
      /**
       * @description the only repositories that it opens, with those of the namespaces
       * @default []
       */
      repositories?: string[]
      tokenLabel: string
    }
    WantedCron: {
      /** @example gc */
      action: string
      /** @description stored and ignored */
      capacityMap?: {
        [key: string]: number
      } | null
      /**
       * @description like "30m"; empty for none
       * @default
       * @example 30m
       */
      deadline?: string
      /**
       * @description parameters of the action
       * @example {
       *       "dryRun": true
       *     }
       */
      parameters?: {
        [key: string]: unknown
      } | null
      /** @default 0 */
      retries?: number
      /**
       * @description second minute hour day month weekday, in UTC; or "@hourly", "@daily", "@weekly", …
       * @example 0 0 1 * * 6
       */
      schedule: string
      /**
       * @description like "30m"; empty for none
       * @default
       * @example 30m
       */
      stopTimeout?: string
    }
    WantedFsck: {
      /**
       * @description also reads and hashes all stored content
       * @default false
       */
      content?: boolean
      /** @description `next` of the previous page; without it, the check starts */
      cursor?: string
    }
    WantedJob: {
      /** @example gc */
      action: string
      /** @description stored and ignored */
      capacityMap?: {
        [key: string]: number
      } | null
      /**
       * @description like "30m"; empty for none
       * @default
       * @example 30m
       */
      deadline?: string
      /**
       * @description parameters of the action
       * @example {
       *       "dryRun": true
       *     }
       */
      parameters?: {
        [key: string]: unknown
      } | null
      /** @default 0 */
      retries?: number
      /**
       * Format: date-time
       * @description when to start; default: now
       */
      scheduledAt?: string | null
      /**
       * @description like "30m"; empty for none
       * @default
       * @example 30m
       */
      stopTimeout?: string
    }
    WantedReadOnlyMode: {
      on: boolean
      /** @description shown in the error of every refused request */
      reason?: string
      /**
       * Format: date-time
       * @description when it ends automatically; without it, an administrator must end it
       * @example 2026-01-31T09:30:00.000Z
       */
      until?: string
    }
    WantedRepositories: {
      /** @description the name that the repository gets; its own by default */
      as?: string
      /** @description of an encrypted backup that is proven, as `key.age` has it; it is forgotten when the job ends */
      dataKey?: string
      /**
       * @description moves tags back that point elsewhere now, but no immutable ones
       * @default false
       */
      movesTags?: boolean
      namespace?: string
      /** @description this one, or `namespace` */
      repository?: string
    }
    WantedRestore: {
      /** @description the id of the backup */
      backup: string
      /** @description of an encrypted backup, as `key.age` has it; needed once the registry has forgotten it */
      dataKey?: string
      /**
       * @description gives up the restore of another backup that is under way
       * @default false
       */
      instead?: boolean
      /**
       * @description access tokens that were revoked after the backup work again; they are held back otherwise
       * @default false
       */
      keepRevokedTokens?: boolean
      /**
       * @description must be true where the registry has accounts: they are replaced
       * @default false
       */
      overwrite?: boolean
    }
    WorkloadRule: {
      anyNetwork: boolean
      audience: string
      condition: string
      enabled: boolean
      /** @description whether it has the keys of the issuer, and does not ask for them */
      hasKeys: boolean
      issuer: string
      /**
       * Format: date-time
       * @description when a new token last got in; 0001-01-01T00:00:00Z if never
       */
      lastUsedAt: string
      /** @enum {string} */
      level: 'read-only' | 'read-write'
      /** @example deploy */
      name: string
      repositories: string[]
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      updatedAt: string
      /** @description what its author should know */
      warnings: string[]
    }
    WorkloadTrial: {
      /** @description what the event of a login would say */
      claims: {
        [key: string]: string
      }
      /** @description why no rule was asked; missing if the token is good */
      refusal?: string
      rules: {
        /** @enum {string} */
        level: 'read-only' | 'read-write'
        matches: boolean
        name: string
        repositories: string[]
        /** @description why it does not match, where that is more than false */
        why?: string
      }[]
    }
    WrappedKey: {
      /** @description a file of age as hexadecimal digits; null for a backup that is not encrypted */
      wrapped: string | null
    }
  }
  responses: never
  parameters: never
  requestBodies: never
  headers: never
  pathItems: never
}
export type $defs = Record<string, never>
export interface operations {
  deleteAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  deleteRepositories: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listTeamRepositories: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of repositories, by their names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TeamRepositoryAccessList']
        }
      }
    }
  }
  getUserAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
        username: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description what the user may do */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['UserRepositoryAccess']
        }
      }
    }
  }
  postFsck: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedFsck']
      }
    }
    responses: {
      /** @description a page of findings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['FsckPage']
        }
      }
    }
  }
  getInstallation: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the installation */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Installation']
        }
      }
    }
  }
  getMetrics: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the metrics */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'text/plain': string
        }
      }
    }
  }
  getReadOnly: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the mode */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReadOnlyMode']
        }
      }
    }
  }
  postReadOnly: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedReadOnlyMode']
      }
    }
    responses: {
      /** @description the mode, now in force */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReadOnlyMode']
        }
      }
    }
  }
  getReplicas: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the replicas */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Replicas']
        }
      }
    }
  }
  postReplica: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          location?: components['schemas']['ReplicaLocation']
        }
      }
    }
    responses: {
      /** @description the new replica */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['JoinedReplica']
        }
      }
    }
  }
  deleteReplica: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the remaining replicas */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReplicaMembers']
        }
      }
    }
  }
  drill: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          seconds: number
        }
      }
    }
    responses: {
      /** @description when it returns to service; without `until` it is in service */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            id: string
            /**
             * Format: date-time
             * @example 2026-01-31T09:30:00.000Z
             */
            until?: string
          }
        }
      }
    }
  }
  repair: {
    parameters: {
      query?: never
      header?: never
      path: {
        id: string
      }
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': {
          /** @default false */
          force?: boolean
        }
      }
    }
    responses: {
      /** @description the new cluster */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ReplicaMembers']
        }
      }
    }
  }
  listTokens: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
        /** @description whose tokens: your own by default, and only administrators may name others */
        username?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of tokens */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AccessToken'][]
        }
      }
    }
  }
  postToken: {
    parameters: {
      query?: {
        /** @description whose tokens: your own by default, and only administrators may name others */
        username?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedAccessToken']
      }
    }
    responses: {
      /** @description the token with its secret */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewAccessToken']
        }
      }
    }
  }
  deleteUnusedTokens: {
    parameters: {
      query?: {
        generatedby?: 'auto' | 'manual' | 'any'
        /** @description deletes tokens last used before this time, or created before it and never used; required except for `auto` */
        usedbefore?: string
        /** @description whose tokens: your own by default, and only administrators may name others */
        username?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': Record<string, never>
        }
      }
    }
  }
  getToken: {
    parameters: {
      query?: never
      header?: never
      path: {
        hashedtoken: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the token */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AccessToken']
        }
      }
    }
  }
  deleteToken: {
    parameters: {
      query?: never
      header?: never
      path: {
        hashedtoken: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': Record<string, never>
        }
      }
    }
  }
  patchToken: {
    parameters: {
      query?: never
      header?: never
      path: {
        hashedtoken: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangedAccessToken']
      }
    }
    responses: {
      /** @description the token as it is now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AccessToken']
        }
      }
    }
  }
  getBackups: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the backups */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            backups: components['schemas']['Backup'][]
          }
        }
      }
    }
  }
  postBackup: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: {
      content: {
        'application/json': components['schemas']['BackupOrder']
      }
    }
    responses: {
      /** @description the id of the backup and of its job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunBackup']
        }
      }
    }
  }
  postBackupDownload: {
    parameters: {
      query?: never
      header?: never
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the ticket, which is shown once */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BackupDownload']
        }
      }
    }
  }
  getBackupKey: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the wrapped key */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WrappedKey']
        }
      }
    }
  }
  putBackupKey: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LentKey']
      }
    }
    responses: {
      /** @description the registry can open the backup */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getBackupObject: {
    parameters: {
      query: {
        /** @description as the manifest or the list names it */
        key: string
        /** @description bytes to leave out */
        offset?: number | null
      }
      header?: {
        /** @description the ticket of the download */
        'x-breakwater-download'?: string
      }
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the bytes of the object from the offset on */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/octet-stream': string
        }
      }
    }
  }
  getBackupObjects: {
    parameters: {
      query?: {
        /** @description `next` of the page before */
        start?: string
      }
      header?: {
        /** @description the ticket of the download */
        'x-breakwater-download'?: string
      }
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of objects */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BackupObjects']
        }
      }
    }
  }
  getBackupProof: {
    parameters: {
      query?: never
      header?: never
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the proof */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BackupProof']
        }
      }
    }
  }
  postBackupProof: {
    parameters: {
      query?: never
      header?: never
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunProof']
        }
      }
    }
  }
  postRepositories: {
    parameters: {
      query?: never
      header?: never
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedRepositories']
      }
    }
    responses: {
      /** @description the id of the job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunRepositories']
        }
      }
    }
  }
  postBackupVerification: {
    parameters: {
      query?: never
      header?: never
      path: {
        backupID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunProof']
        }
      }
    }
  }
  postBackupsPrune: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['PruneOrder']
      }
    }
    responses: {
      /** @description each whole backup, the newest first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['JudgedBackups']
        }
      }
    }
  }
  getCrons: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description all of them */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            crons: components['schemas']['Cron'][]
          }
        }
      }
    }
  }
  postCron: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedCron']
      }
    }
    responses: {
      /** @description the schedule */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Cron']
        }
      }
    }
  }
  getOneCron: {
    parameters: {
      query?: never
      header?: never
      path: {
        action: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the schedule */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Cron']
        }
      }
    }
  }
  deleteCron: {
    parameters: {
      query?: never
      header?: never
      path: {
        action: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getEvents: {
    parameters: {
      query?: {
        /** @description only events caused by the account with this id */
        actorId?: string
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        eventType?: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL' | 'SEND' | 'SCAN'
        /** @description leaves out pulls, also refused ones */
        excludePull?: 'true' | 'false'
        objectType?:
          | 'repository'
          | 'tag'
          | 'manifest'
          | 'blob'
          | 'account'
          | 'member'
          | 'team'
          | 'access'
          | 'token'
          | 'settings'
          | 'job'
          | 'cron'
          | 'consumer'
          | 'login'
          | 'backup'
          | 'directory'
          | 'workload'
          | 'policy'
          | 'signaturePolicy'
          | 'publicKey'
          | 'signerIdentity'
          | 'trustRoot'
          | 'registryKey'
          | 'trustData'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
        publishedAfter?: string
        publishedBefore?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of events, which may be short and still not the last */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Events']
        }
      }
    }
  }
  getConsumers: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description all of them */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            consumers: components['schemas']['EventConsumer'][]
          }
        }
      }
    }
  }
  getParkedEvents: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        consumer: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of them */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': {
            events: components['schemas']['ParkedEvent'][]
          }
        }
      }
    }
  }
  deleteParkedEvent: {
    parameters: {
      query?: never
      header?: never
      path: {
        consumer: string
        eventID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description dropped */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  postRetry: {
    parameters: {
      query?: never
      header?: never
      path: {
        consumer: string
        eventID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the retry starts now */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  autocomplete: {
    parameters: {
      query?: {
        includeAccounts?: 'true' | 'false'
        includeRepositories?: 'true' | 'false'
        /** @description larger values mean 100 */
        limit?: number
        /** @description only repositories of this namespace */
        namespace?: string
        /** @description prefixes of words in the name; with a "/", a prefix of the full name or of part of the path: "backend/a" finds acme/backend/api; empty finds everything */
        query?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the matches, at most the limit of each kind */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Autocomplete']
        }
      }
    }
  }
  dockerSearch: {
    parameters: {
      query?: {
        /** @description prefixes of words in the name; with a "/", a prefix of the full name or of part of the path: "backend/a" finds acme/backend/api; empty finds everything */
        q?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the matches */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DockerSearch']
        }
      }
    }
  }
  getJobs: {
    parameters: {
      query?: {
        /** @description of one action alone, like "gc" */
        action?: string
        /** @description larger values mean 100 */
        limit?: number
        /** @description X-Next-Page-Start of the previous page: unlike `start`, it repeats no job when new ones appear */
        pageStart?: string
        /** @description only unfinished jobs, or only finished ones */
        running?: 'any' | 'true' | 'false'
        start?: number | null
        /** @description that one worker runs, or ran last */
        worker?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description some of the jobs */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': {
            jobs: components['schemas']['Job'][]
          }
        }
      }
    }
  }
  postJob: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedJob']
      }
    }
    responses: {
      /** @description the waiting job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
    }
  }
  getOneJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        jobID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the job */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
    }
  }
  deleteJob: {
    parameters: {
      query?: never
      header?: never
      path: {
        jobID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  postCancel: {
    parameters: {
      query?: never
      header?: never
      path: {
        jobID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description cancellation requested */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getJobLogs: {
    parameters: {
      query?: {
        /** @description larger values mean 1000 */
        limit?: number
        offset?: number | null
        /** @description accepted and ignored: request the next page instead */
        stream?: 'true' | 'false'
      }
      header?: never
      path: {
        jobID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description lines of the log, oldest first; a page with long lines may have fewer than requested, and the next page starts after the last */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['JobLogLine'][]
        }
      }
    }
  }
  getAlerts: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the alerts */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Alert'][]
        }
      }
    }
  }
  getStatus: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the state of the cluster */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ClusterStatus']
        }
      }
    }
  }
  getFeatures: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the features */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Features']
        }
      }
    }
  }
  getSettings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Settings']
        }
      }
    }
  }
  postSettings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangedSettings']
      }
    }
    responses: {
      /** @description the settings as they are now */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Settings']
        }
      }
    }
  }
  listRepositories: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of repositories, in the order of their full names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Repositories']
        }
      }
    }
  }
  listRepositoriesOfNamespace: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of repositories, in the order of their full names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Repositories']
        }
      }
    }
  }
  makeRepository: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewRepository']
      }
    }
    responses: {
      /** @description the repository */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Repository']
        }
      }
    }
  }
  showRepository: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the repository */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Repository']
        }
      }
    }
  }
  dropRepository: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  changeRepository: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangedRepository']
      }
    }
    responses: {
      /** @description the changed repository */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Repository']
        }
      }
    }
  }
  getRepositoryEvents: {
    parameters: {
      query?: {
        /** @description only events caused by the account with this id */
        actorId?: string
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        eventType?: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL' | 'SEND' | 'SCAN'
        /** @description leaves out pulls, also refused ones */
        excludePull?: 'true' | 'false'
        objectType?:
          | 'repository'
          | 'tag'
          | 'manifest'
          | 'blob'
          | 'account'
          | 'member'
          | 'team'
          | 'access'
          | 'token'
          | 'settings'
          | 'job'
          | 'cron'
          | 'consumer'
          | 'login'
          | 'backup'
          | 'directory'
          | 'workload'
          | 'policy'
          | 'signaturePolicy'
          | 'publicKey'
          | 'signerIdentity'
          | 'trustRoot'
          | 'registryKey'
          | 'trustData'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
        publishedAfter?: string
        publishedBefore?: string
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of events, which may be short and still not the last */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Events']
        }
      }
    }
  }
  listManifests: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of manifests */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Manifest'][]
        }
      }
    }
  }
  deleteManifest: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        /** @description a tag or a digest */
        reference: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listPruningPolicies: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the policies */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PruningPolicy'][]
        }
      }
    }
  }
  postPruningPolicy: {
    parameters: {
      query?: {
        /** @description true: applies to all tags, and existing ones are evaluated at once; false: applies only to tags pushed from now on. Default: false for a new policy, unchanged for an existing one */
        initialEvaluation?: 'true' | 'false'
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewPruningPolicy']
      }
    }
    responses: {
      /** @description the policy */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PruningPolicy']
        }
      }
    }
  }
  getPruningPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        pruningpolicyid: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PruningPolicy']
        }
      }
    }
  }
  putPruningPolicy: {
    parameters: {
      query?: {
        /** @description true: applies to all tags, and existing ones are evaluated at once; false: applies only to tags pushed from now on. Default: false for a new policy, unchanged for an existing one */
        initialEvaluation?: 'true' | 'false'
      }
      header?: never
      path: {
        namespace: string
        pruningpolicyid: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ChangedPruningPolicy']
      }
    }
    responses: {
      /** @description the changed policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PruningPolicy']
        }
      }
    }
  }
  deletePruningPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        pruningpolicyid: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  testPruningPolicy: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TentativePruningPolicy']
      }
    }
    responses: {
      /** @description a page of the tags, sorted by name */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PrunedTags']
        }
      }
    }
  }
  getRestatements: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the state */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Restatements']
        }
      }
    }
  }
  postRestatements: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the state */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Restatements']
        }
      }
    }
  }
  getRepositoryPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignaturePolicy']
        }
      }
    }
  }
  putRepositoryPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewSignaturePolicy']
      }
    }
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignaturePolicy']
        }
      }
    }
  }
  deleteRepositoryPolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  replayRepository: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SignatureReplayQuestion']
      }
    }
    responses: {
      /** @description a page, the newest pulls first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignatureReplay']
        }
      }
    }
  }
  listTags: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description the host whose trust data is meant, by default the one that was asked; a deletion ignores it */
        domain?: string
        /** @description says what each tag points at */
        includeManifests?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of tags, in the order of their names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Tag'][]
        }
      }
    }
  }
  lookUpReference: {
    parameters: {
      query?: {
        arch?: string
        /** @description the host whose trust data is meant, by default the one that was asked; a deletion ignores it */
        domain?: string
        os?: string
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
        /** @description a tag or a digest */
        reference: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the tags */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Tag'][]
        }
      }
    }
  }
  deleteTag: {
    parameters: {
      query?: {
        /** @description the host whose trust data is meant, by default the one that was asked; a deletion ignores it */
        domain?: string
      }
      header?: never
      path: {
        namespace: string
        /** @description a tag or a digest */
        reference: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listTeamAccess: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
        reponame: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of teams, by their names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RepositoryTeamAccessList']
        }
      }
    }
  }
  putTeamAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['GivenAccess']
      }
    }
    responses: {
      /** @description what the team has now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RepositoryTeamAccess']
        }
      }
    }
  }
  deleteTeamAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        reponame: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description revoked */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getNamespacePolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignaturePolicy']
        }
      }
    }
  }
  putNamespacePolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewSignaturePolicy']
      }
    }
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignaturePolicy']
        }
      }
    }
  }
  deleteNamespacePolicy: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  replayNamespace: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SignatureReplayQuestion']
      }
    }
    responses: {
      /** @description a page, the newest pulls first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignatureReplay']
        }
      }
    }
  }
  listNamespaceAccess: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path: {
        namespace: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page of teams, by their names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamespaceTeamAccessList']
        }
      }
    }
  }
  getNamespaceAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description what the team was given */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamespaceTeamAccess']
        }
      }
    }
  }
  putNamespaceAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['GivenAccess']
      }
    }
    responses: {
      /** @description what the team has now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NamespaceTeamAccess']
        }
      }
    }
  }
  deleteNamespaceAccess: {
    parameters: {
      query?: never
      header?: never
      path: {
        namespace: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description revoked */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  postRestore: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedRestore']
      }
    }
    responses: {
      /** @description the restore; its slices follow */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['BegunRestore']
        }
      }
    }
  }
  getRestore: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path: {
        restoreID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description how far it is */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Restore']
        }
      }
    }
  }
  postRestoreSlice: {
    parameters: {
      query?: never
      header?: {
        /** @description BREAKWATER_RECOVERY_SECRET of the registry, or the token of the restore; without it an administrator must log in */
        'x-breakwater-recovery'?: string
      }
      path: {
        restoreID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description how far it is */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Restore']
        }
      }
    }
  }
  listSignerIdentities: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the previous page */
        pageStart?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignerIdentity'][]
        }
      }
    }
  }
  postIdentity: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewSignerIdentity']
      }
    }
    responses: {
      /** @description the identity */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignerIdentity']
        }
      }
    }
  }
  deleteOneIdentity: {
    parameters: {
      query?: never
      header?: never
      path: {
        identityID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  postImport: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TrustImport']
      }
    }
    responses: {
      /** @description what the collection has */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TrustImportReport']
        }
      }
    }
  }
  getRegistryKey: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the key */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RegistryKey']
        }
      }
    }
  }
  postRegistryKey: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the new key */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['RegistryKey']
        }
      }
    }
  }
  replayRegistry: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SignatureReplayQuestion']
      }
    }
    responses: {
      /** @description a page, the newest pulls first */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SignatureReplay']
        }
      }
    }
  }
  postAllRestatements: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the job `trust_bridge` begins */
      202: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listTrustRoots: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description all of them, by name */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TrustRoot'][]
        }
      }
    }
  }
  getTrustRoot: {
    parameters: {
      query?: never
      header?: never
      path: {
        rootname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the root */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TrustRoot']
        }
      }
    }
  }
  putTrustRoot: {
    parameters: {
      query?: never
      header?: never
      path: {
        rootname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewTrustRoot']
      }
    }
    responses: {
      /** @description the root */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['TrustRoot']
        }
      }
    }
  }
  deleteTrustRoot: {
    parameters: {
      query?: never
      header?: never
      path: {
        rootname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listWorkloadRules: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the rules */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkloadRule'][]
        }
      }
    }
  }
  getWorkloadRule: {
    parameters: {
      query?: never
      header?: never
      path: {
        rulename: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the rule */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkloadRule']
        }
      }
    }
  }
  putWorkloadRule: {
    parameters: {
      query?: never
      header?: never
      path: {
        rulename: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewWorkloadRule']
      }
    }
    responses: {
      /** @description the changed rule */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkloadRule']
        }
      }
      /** @description the new rule */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkloadRule']
        }
      }
    }
  }
  deleteWorkloadRule: {
    parameters: {
      query?: never
      header?: never
      path: {
        rulename: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description deleted */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  testWorkloadToken: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TriedToken']
      }
    }
    responses: {
      /** @description what it would give */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['WorkloadTrial']
        }
      }
    }
  }
  logInForAWhile: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Login']
      }
    }
    responses: {
      /** @description a session */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Session']
        }
      }
    }
  }
  logOut: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getAccountList: {
    parameters: {
      query?: {
        /** @description a prefix of the names */
        contains?: string
        filter?: 'all' | 'users' | 'orgs' | 'admins' | 'non-admins' | 'active-users' | 'inactive-users'
        /** @description larger values mean 100 */
        limit?: number
        order?: 'name' | '+name' | '-name'
        start?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by name */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Accounts']
        }
      }
    }
  }
  postNewAccount: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewAccount']
      }
    }
    responses: {
      /** @description the account */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Account']
        }
      }
    }
  }
  getOneAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the account */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Account']
        }
      }
    }
  }
  deleteOneAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  patchOneAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['AccountChanges']
      }
    }
    responses: {
      /** @description the changed account */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Account']
        }
      }
    }
  }
  getLinkedIdentities: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the links */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Identities']
        }
      }
    }
  }
  postLinkedIdentity: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SsoCode']
      }
    }
    responses: {
      /** @description the link */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewIdentity']
        }
      }
    }
  }
  deleteLinkedIdentity: {
    parameters: {
      query?: {
        provider?: string
        subject?: string
      }
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  putDirectoryIdentity: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LDAPLink']
      }
    }
    responses: {
      /** @description the link */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LDAPIdentity']
        }
      }
    }
  }
  listKeys: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PublicKeys']
        }
      }
    }
  }
  postKey: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewPublicKey']
      }
    }
    responses: {
      /** @description the key */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PublicKey']
        }
      }
    }
  }
  getOneKey: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
        keyID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the key */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PublicKey']
        }
      }
    }
  }
  deleteKey: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
        keyID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  patchKey: {
    parameters: {
      query?: never
      header?: never
      path: {
        /** @description the name or the id, optionally prefixed with "id:" */
        accountNameOrID: string
        keyID: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['PublicKeyChange']
      }
    }
    responses: {
      /** @description the changed key */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PublicKey']
        }
      }
    }
  }
  getOwnersSync: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description how the members are found */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description whether the directory decides; if false, the rest has no effect */
            enableSync: boolean
            /**
             * @description like cn=dev,ou=groups,dc=example,dc=com
             * @default
             */
            groupDN?: string
            /**
             * @description like member
             * @default
             */
            groupMemberAttr?: string
            /**
             * @description like ou=people,dc=example,dc=com
             * @default
             */
            searchBaseDN?: string
            /**
             * @description RFC 4515; empty: every user
             * @default
             */
            searchFilter?: string
            /**
             * @description true: all below the base; false: the entries right below it
             * @default false
             */
            searchScopeSubtree?: boolean
            /**
             * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
             * @default false
             */
            selectGroupMembers?: boolean
          }
        }
      }
    }
  }
  putOwnersSync: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description whether the directory decides; if false, the rest has no effect */
          enableSync: boolean
          /**
           * @description like cn=dev,ou=groups,dc=example,dc=com
           * @default
           */
          groupDN?: string
          /**
           * @description like member
           * @default
           */
          groupMemberAttr?: string
          /**
           * @description like ou=people,dc=example,dc=com
           * @default
           */
          searchBaseDN?: string
          /**
           * @description RFC 4515; empty: every user
           * @default
           */
          searchFilter?: string
          /**
           * @description true: all below the base; false: the entries right below it
           * @default false
           */
          searchScopeSubtree?: boolean
          /**
           * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
           * @default false
           */
          selectGroupMembers?: boolean
        }
      }
    }
    responses: {
      /** @description how the members are found */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description whether the directory decides; if false, the rest has no effect */
            enableSync: boolean
            /**
             * @description like cn=dev,ou=groups,dc=example,dc=com
             * @default
             */
            groupDN?: string
            /**
             * @description like member
             * @default
             */
            groupMemberAttr?: string
            /**
             * @description like ou=people,dc=example,dc=com
             * @default
             */
            searchBaseDN?: string
            /**
             * @description RFC 4515; empty: every user
             * @default
             */
            searchFilter?: string
            /**
             * @description true: all below the base; false: the entries right below it
             * @default false
             */
            searchScopeSubtree?: boolean
            /**
             * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
             * @default false
             */
            selectGroupMembers?: boolean
          }
        }
      }
    }
  }
  getMembersOfOrganization: {
    parameters: {
      query?: {
        filter?: 'all' | 'admins' | 'non-admins'
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Members']
        }
      }
    }
  }
  getMemberOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the member */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Member']
        }
      }
    }
  }
  putMemberOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Membership']
      }
    }
    responses: {
      /** @description the added or changed member */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Member']
        }
      }
    }
  }
  deleteMemberOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getTeamsOfOneMember: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        membername: string
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by name */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['MemberTeams']
        }
      }
    }
  }
  getServiceAccounts: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description all of them */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ServiceAccounts']
        }
      }
    }
  }
  postServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewServiceAccount']
      }
    }
    responses: {
      /** @description the service account */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ServiceAccount']
        }
      }
    }
  }
  deleteServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        /** @description the whole name */
        servicename: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  patchServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        /** @description the whole name */
        servicename: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['ServiceAccountChange']
      }
    }
    responses: {
      /** @description as it is now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['ServiceAccount']
        }
      }
    }
  }
  getTokensOfServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        /** @description the whole name */
        servicename: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the tokens */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['AccessToken'][]
        }
      }
    }
  }
  postTokenOfServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        /** @description the whole name */
        servicename: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['WantedAccessToken']
      }
    }
    responses: {
      /** @description the token with its secret */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['NewAccessToken']
        }
      }
    }
  }
  deleteTokenOfServiceAccount: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        /** @description the whole name */
        servicename: string
        servicetoken: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getTeamsOfOrganization: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by name */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Teams']
        }
      }
    }
  }
  postNewTeam: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['NewTeam']
      }
    }
    responses: {
      /** @description the team */
      201: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Team']
        }
      }
    }
  }
  getTeamOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the team */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Team']
        }
      }
    }
  }
  deleteTeamOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  patchTeamOfOrganization: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['TeamChanges']
      }
    }
    responses: {
      /** @description the changed team */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Team']
        }
      }
    }
  }
  getGroupLink: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the link */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['GroupLinkConfig']
        }
      }
    }
  }
  putGroupLink: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['GroupLinkConfig']
      }
    }
    responses: {
      /** @description the link */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['GroupLinkConfig']
        }
      }
    }
  }
  getMembersOfTeam: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Members']
        }
      }
    }
  }
  getMemberOfTeam: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the member */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Member']
        }
      }
    }
  }
  putMemberOfTeam: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Membership']
      }
    }
    responses: {
      /** @description the added or changed member */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Member']
        }
      }
    }
  }
  deleteMemberOfTeam: {
    parameters: {
      query?: never
      header?: never
      path: {
        membername: string
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getTeamMemberSync: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description how the members are found */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description whether the directory decides; if false, the rest has no effect */
            enableSync: boolean
            /**
             * @description like cn=dev,ou=groups,dc=example,dc=com
             * @default
             */
            groupDN?: string
            /**
             * @description like member
             * @default
             */
            groupMemberAttr?: string
            /**
             * @description like ou=people,dc=example,dc=com
             * @default
             */
            searchBaseDN?: string
            /**
             * @description RFC 4515; empty: every user
             * @default
             */
            searchFilter?: string
            /**
             * @description true: all below the base; false: the entries right below it
             * @default false
             */
            searchScopeSubtree?: boolean
            /**
             * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
             * @default false
             */
            selectGroupMembers?: boolean
          }
        }
      }
    }
  }
  putTeamMemberSync: {
    parameters: {
      query?: never
      header?: never
      path: {
        orgname: string
        teamname: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': {
          /** @description whether the directory decides; if false, the rest has no effect */
          enableSync: boolean
          /**
           * @description like cn=dev,ou=groups,dc=example,dc=com
           * @default
           */
          groupDN?: string
          /**
           * @description like member
           * @default
           */
          groupMemberAttr?: string
          /**
           * @description like ou=people,dc=example,dc=com
           * @default
           */
          searchBaseDN?: string
          /**
           * @description RFC 4515; empty: every user
           * @default
           */
          searchFilter?: string
          /**
           * @description true: all below the base; false: the entries right below it
           * @default false
           */
          searchScopeSubtree?: boolean
          /**
           * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
           * @default false
           */
          selectGroupMembers?: boolean
        }
      }
    }
    responses: {
      /** @description how the members are found */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @description whether the directory decides; if false, the rest has no effect */
            enableSync: boolean
            /**
             * @description like cn=dev,ou=groups,dc=example,dc=com
             * @default
             */
            groupDN?: string
            /**
             * @description like member
             * @default
             */
            groupMemberAttr?: string
            /**
             * @description like ou=people,dc=example,dc=com
             * @default
             */
            searchBaseDN?: string
            /**
             * @description RFC 4515; empty: every user
             * @default
             */
            searchFilter?: string
            /**
             * @description true: all below the base; false: the entries right below it
             * @default false
             */
            searchScopeSubtree?: boolean
            /**
             * @description true: the members of a group (groupDN, groupMemberAttr); false: what a search finds
             * @default false
             */
            selectGroupMembers?: boolean
          }
        }
      }
    }
  }
  postNewPassword: {
    parameters: {
      query?: never
      header?: never
      path: {
        username: string
      }
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['PasswordChange']
      }
    }
    responses: {
      /** @description the account */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Account']
        }
      }
    }
  }
  getOrganizationsOfUser: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        username: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['MemberOrgs']
        }
      }
    }
  }
  getSessionsOfUser: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        limit?: number
        start?: string
      }
      header?: never
      path: {
        username: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description a page, sorted by id */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description total count, if requested */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['UserSessions']
        }
      }
    }
  }
  endSessionsOfUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        username: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  endSessionOfUser: {
    parameters: {
      query?: never
      header?: never
      path: {
        sessionID: string
        username: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  logInForAWhileOfEnzi: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['Login']
      }
    }
    responses: {
      /** @description a session */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Session']
        }
      }
    }
  }
  logOutOfEnzi: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  getDirectorySettings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LDAPSettings']
        }
      }
    }
  }
  putDirectorySettings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LDAPSettings']
      }
    }
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LDAPSettings']
        }
      }
    }
  }
  testDirectoryLogin: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['LDAPLogin']
      }
    }
    responses: {
      /** @description what each step did */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['LDAPLoginTest']
        }
      }
    }
  }
  getProvider: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the settings, without the client secret */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['OidcSettings']
        }
      }
    }
  }
  putProvider: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['OidcSettingsToSet']
      }
    }
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['OidcSettings']
        }
      }
    }
  }
  testProvider: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['OidcSettingsToSet']
      }
    }
    responses: {
      /** @description the steps, up to the first that fails */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['OidcTest']
        }
      }
    }
  }
  getSaml: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SamlSettings']
        }
      }
    }
  }
  putSaml: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SamlSettings']
      }
    }
    responses: {
      /** @description the settings */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SamlSettings']
        }
      }
    }
  }
  testSamlSettings: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SamlSettings']
      }
    }
    responses: {
      /** @description what the metadata say */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SamlTest']
        }
      }
    }
  }
  getSessionPolicy: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the policy */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SessionPolicy']
        }
      }
    }
  }
  putSessionPolicy: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SessionPolicy']
      }
    }
    responses: {
      /** @description the policy as it is now */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SessionPolicy']
        }
      }
    }
  }
  postSyncJob: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['DirectoryJob']
      }
    }
    responses: {
      /** @description the waiting job */
      202: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Job']
        }
      }
    }
  }
  getSingleSignOn: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the addresses */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SingleSignOn']
        }
      }
    }
  }
  postSsoDevice: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SsoDevice']
      }
    }
    responses: {
      /** @description the codes */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SsoDeviceCodes']
        }
      }
    }
  }
  postSsoToken: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody: {
      content: {
        'application/json': components['schemas']['SsoCode']
      }
    }
    responses: {
      /** @description a session, as `/auth/login` opens it */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['SsoSession']
        }
      }
    }
  }
  ping: {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description it may */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': {
            /** @enum {boolean} */
            standalone: false
          }
        }
      }
    }
  }
  search: {
    parameters: {
      query?: {
        /** @description larger values mean 100 */
        n?: number
        /** @description prefixes of words in the name; with a "/", a prefix of the full name or of part of the path: "backend/a" finds acme/backend/api; empty finds everything */
        q?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description the matches */
      200: {
        headers: {
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['DockerSearchPage']
        }
      }
    }
  }
}
