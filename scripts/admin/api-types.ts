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
     * Delete a user or an organization with all repositories
     * @description For system administrators. It deletes everything or nothing.
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
     * @description For the user, owners of the organization and system administrators. It deletes all of them or none.
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
     * The repositories that a team was given access to
     * @description For members of the team and owners of the organization. Access to the whole namespace is listed there.
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
     * What a user may do with a repository
     * @description By whatever way. For the user, and for system administrators.
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
     * @description For system administrators. Finds what is missing, unknown or contradictory and repairs nothing: the job `fsck` with `repair` marks what is lost, so that clients send it again. What is being uploaded or deleted at the moment is no finding.
     */
    post: operations['postFsck']
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
     * Metrics, in the text format of Prometheus
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
     * Whether the registry is read-only, why and until when
     * @description For system administrators.
     */
    get: operations['getReadOnly']
    put?: never
    /**
     * Make the registry read-only, or end that
     * @description For system administrators. When this is answered it is in force: every push, deletion and change of content that was under way has been committed before, or is refused.
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
     * The replicas, and how they are
     * @description For system administrators.
     */
    get: operations['getReplicas']
    put?: never
    /**
     * A fresh replica joins the cluster
     * @description For system administrators. Without a location it is where none of the others is. At most seven.
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
     * A replica leaves the cluster
     * @description For system administrators. For ever: another one may join in its place.
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
     * Take a replica out of service for a while, to practise
     * @description For system administrators. Zero seconds put it back into service.
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
     * Make one replica the whole cluster, when the majority is lost for good
     * @description For system administrators. All other replicas are evicted and can never vote again; then let others join, one by one. Refused while a majority is healthy, unless it is forced.
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
     * @description In the order in which they were made.
     */
    get: operations['listTokens']
    put?: never
    /**
     * Make an access token
     * @description It can be used wherever the password can, and may do what the user may at that moment.
     */
    post: operations['postToken']
    /**
     * Delete access tokens that are no longer used
     * @description Without `generatedby` it deletes those that the registry made by itself, of which there are none: name `manual` or `any`.
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
    /** An access token */
    get: operations['getToken']
    put?: never
    post?: never
    /** Delete an access token */
    delete: operations['deleteToken']
    options?: never
    head?: never
    /** Rename an access token, or switch it off and on */
    patch: operations['patchToken']
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
     * The schedules
     * @description For system administrators.
     */
    get: operations['getCrons']
    put?: never
    /**
     * Set the schedule of an action
     * @description For system administrators. It takes the place of the one that the action has. Jobs begin in the minute that follows; one does not begin while the last one of the action runs.
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
     * The schedule of an action
     * @description For system administrators.
     */
    get: operations['getOneCron']
    put?: never
    post?: never
    /**
     * Delete the schedule of an action
     * @description For system administrators. A job that runs goes on.
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
     * What happened in the registry
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
  '/api/v0/index/autocomplete': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    /**
     * Find repositories and accounts
     * @description Repositories that the caller may see, the most pulled first; accounts for those who have logged in. A login is optional: without one it finds what is public.
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
     * Find repositories, in the form of `docker search`
     * @description Repositories that the caller may see, the most pulled first. A login is optional: without one it finds what is public.
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
     * The jobs, those that were scheduled last first
     * @description For system administrators.
     */
    get: operations['getJobs']
    put?: never
    /**
     * Start a job
     * @description For system administrators. It begins at once, or at a time to come; only the action must be said. One garbage collection runs at a time.
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
     * A job
     * @description For system administrators.
     */
    get: operations['getOneJob']
    put?: never
    post?: never
    /**
     * Delete a job that is over, and its log
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
     * Stop a job
     * @description For system administrators. It ends within a second or so, what is left undone; a registry that is read-only for it is writable when this is answered. Of a job that is over nothing changes.
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
     * What a job has said
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
     * What an administrator should know at once
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
     * What the replicas report of themselves and of each other
     * @description For system administrators. Not for load balancers: those ask `/health`.
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
     * What the registry can do
     * @description For everybody who has logged in.
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
     * The settings of the registry
     * @description For system administrators.
     */
    get: operations['getSettings']
    put?: never
    /**
     * Change some settings
     * @description For system administrators. Fields that are not named stay as they are; they are in force at once.
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
     * List the repositories that you may see
     * @description Those who have not logged in see the public ones. A login is optional: without one it finds what is public.
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
     * List the repositories of a user or an organization that you may see
     * @description A login is optional: without one it finds what is public.
     */
    get: operations['listRepositoriesOfNamespace']
    put?: never
    /**
     * Make a repository
     * @description For those who may administer the namespace.
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
     * Look at a repository
     * @description A login is optional: without one it finds what is public.
     */
    get: operations['showRepository']
    put?: never
    post?: never
    /**
     * Delete a repository with its tags and images
     * @description For those who may administer it. It is gone at once, and its name is free; the job "repository_deletion" deletes what it held.
     */
    delete: operations['dropRepository']
    options?: never
    head?: never
    /**
     * Edit a repository
     * @description For those who may administer it. Fields that are not sent stay as they are.
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
     * What happened in a repository
     * @description Pulls, who was given access, and policies are told to administrators of the repository alone.
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
     * @description In the order of their digests, indexes among them. A page of large ones may be short and still not the last. A login is optional: without one it finds what is public.
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
     * @description For those who may push; for those who may administer the repository where tags that go are immutable. By digest the manifest goes with all its tags, by tag only the tag.
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
     * @description For those who may administer it. There are 25 at most, in the order in which they were made.
     */
    get: operations['listPruningPolicies']
    put?: never
    /**
     * Make a pruning policy
     * @description For those who may administer the repository. All rules of a policy must match. Policies are evaluated every 15 minutes; they never delete a tag that is signed, nor any while the tags of the repository are immutable.
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
     * Look at a pruning policy
     * @description For those who may administer the repository.
     */
    get: operations['getPruningPolicy']
    /**
     * Change a pruning policy
     * @description For those who may administer the repository. All rules of a policy must match. Policies are evaluated every 15 minutes; they never delete a tag that is signed, nor any while the tags of the repository are immutable. Fields that are not sent stay as they are.
     */
    put: operations['putPruningPolicy']
    post?: never
    /**
     * Delete a pruning policy
     * @description For those who may administer the repository.
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
     * See which tags a policy would delete
     * @description For those who may administer the repository. Nothing is deleted. For one page 1000 tags are looked at, so that it may have few tags, or none, and not be the last.
     */
    post: operations['testPruningPolicy']
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
     * @description A page with large manifests may be short and still not the last. A login is optional: without one it finds what is public.
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
     * @description A tag gives its image, or each image that its index lists, with the digest of that image. A digest gives the tags that point at it. A login is optional: without one it finds what is public.
     */
    get: operations['lookUpReference']
    put?: never
    post?: never
    /**
     * Delete a tag
     * @description For those who may push; for those who may administer the repository where its tags are immutable. What it points at stays.
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
     * The teams that were given access to a repository
     * @description For administrators of the repository. Access to the whole namespace is listed there.
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
     * @description For administrators of the repository. It replaces what the team had on it.
     */
    put: operations['putTeamAccess']
    post?: never
    /**
     * Take access to a repository away from a team
     * @description For administrators of the repository.
     */
    delete: operations['deleteTeamAccess']
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
     * The teams that were given access to all repositories of an organization
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
     * What a team may do with all repositories of its organization
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
     * Take access to all repositories of its organization away from a team
     * @description For administrators of the namespace. What the team was given on single repositories stays.
     */
    delete: operations['deleteNamespaceAccess']
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
    /** Log in with a password: the token is good for an hour, as "Authorization: Bearer" or "SessionToken" */
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
    /** End the session of the Authorization header */
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
    /** Make a user or an organization */
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
    /** Show a user or an organization */
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
    /** Show a member of an organization */
    get: operations['getMemberOfOrganization']
    /** Add a user to an organization, or make a member an owner or an ordinary one */
    put: operations['putMemberOfOrganization']
    post?: never
    /** Remove a member from an organization and its teams; members may so leave it */
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
    /** List the teams that a member of an organization is in */
    get: operations['getTeamsOfOneMember']
    put?: never
    post?: never
    delete?: never
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
    /** Make a team */
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
    /** Show a team */
    get: operations['getTeamOfOrganization']
    put?: never
    post?: never
    /** Delete a team with all that it was given; its members stay in the organization */
    delete: operations['deleteTeamOfOrganization']
    options?: never
    head?: never
    /** Rename or describe a team */
    patch: operations['patchTeamOfOrganization']
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
    /** Show a member of a team */
    get: operations['getMemberOfTeam']
    /**
     * Add a user to a team and, by an owner, to its organization
     * @description An administrator of the team adds members of the organization alone, and leaves isAdmin out.
     */
    put: operations['putMemberOfTeam']
    post?: never
    /** Remove a user from a team, not from its organization */
    delete: operations['deleteMemberOfTeam']
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
    /** Change a password, which ends the sessions of the user and, if it is wanted, the access tokens */
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
  '/enzi/v0/auth/login': {
    parameters: {
      query?: never
      header?: never
      path?: never
      cookie?: never
    }
    get?: never
    put?: never
    /** Log in with a password: the token is good for an hour, as "Authorization: Bearer" or "SessionToken" */
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
    /** End the session of the Authorization header */
    post: operations['logOutOfEnzi']
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
    /** Says that `docker search` may be used */
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
     * @description Repositories that the caller may see, the most pulled first. A caller without a login for whom nothing matches is asked to log in, except Docker, which cannot show that. A login is optional: without one it finds what is public.
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
       * @description who made it: the user, or an administrator
       * @example alice
       */
      createdBy: string
      /**
       * @description the client that asked for it
       * @example curl/8.5.0
       */
      creatorUa: string
      /** @enum {string} */
      generatedBy: 'manual'
      /** @description SHA-256 of the token: its name in this API */
      hashedToken: string
      isActive: boolean
      /**
       * Format: date-time
       * @description to the minute; 0001-01-01T00:00:00Z for never
       */
      lastUsed: string
      /** @example laptop */
      tokenLabel: string
    }
    AccessTokenLabel: {
      tokenLabel: string
    }
    Account: {
      fullName: string
      id: string
      isActive: boolean
      isAdmin: boolean
      isImported: boolean
      isOrg: boolean
      /** @description of an organization, counted up to 10,000, in a list up to 100 */
      membersCount?: number
      name: string
      /** @description of an organization, counted up to 10,000, in a list up to 100 */
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
      /** @description how many there are, counted up to 10,000 */
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
      /** @description taken, and ignored: they are always enabled */
      enableManifestLists?: boolean
      /** @description a tag that has an image keeps it */
      immutableTags?: boolean
      /** @description Markdown */
      longDescription?: string
      /** @description taken, and ignored: nothing is scanned here */
      scanOnPush?: boolean
      shortDescription?: string
      /**
       * @description a push beyond so many tags drops the oldest; 0 is without limit
       * @example 0
       */
      tagLimit?: number
      /**
       * @description who may pull: everybody, or those who were given access
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
      createRepositoryOnPush?: boolean
      gcDeleteReferrers?: boolean
      gcGrace?: string
      gcKeepUntaggedManifests?: boolean
      jobHistoryCompactionEnabled?: boolean
      jobHistoryMaxAge?: string
      jobHistoryToKeep?: number
      namespaceMaxManifestBytes?: number
      namespaceMaxRepositories?: number
      namespaceMaxTags?: number
      namespaceMaxUploads?: number
      pullsWithoutMajority?: boolean
      readOnlyRegistry?: boolean
      repoEventHistoryCompactionEnabled?: boolean
      repoEventHistoryMaxAge?: string
      repoEventHistoryToKeep?: number
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
      /** @description kept as it was given; nothing is made of it */
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
       * @description what the action needs to know
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
    DockerfileLine: {
      /** @description the step made no layer */
      isEmpty: boolean
      layerDigest: string
      /** @example COPY app /usr/bin/app */
      line: string
      mediaType: string
      size: number
      /** @description where a layer that may not be distributed is to be had */
      urls: string[]
    }
    DockerRepository: {
      description: string
      is_official: boolean
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
      /** @description id of the account; empty for somebody unknown and for the registry itself */
      actor: string
      /**
       * @description the name that the account had
       * @example alice
       */
      actorName: string
      /** @enum {string} */
      actorType: 'user'
      /** @example 1207 */
      id: string
      object: {
        /** @description JSON: what else there is to say */
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
          | 'policy'
          | 'job'
          | 'cron'
          | 'login'
      }
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      publishedAt: string
      /**
       * @description empty for what is no repository’s
       * @example acme/backend
       */
      repository: string
      /** @enum {string} */
      type: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL'
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
    }
    FoundAccount: {
      fullName: string
      id: string
      isOrg: boolean
      name: string
    }
    FsckPage: {
      /** @description how much was looked at; `bytes` are those that were hashed */
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
        /** @description empty for what belongs to the whole registry */
        repository: string
        /** @example object segments/0b6c… */
        subject: string
        /** @description what is wrong, and what to do about it */
        why: string
      }[]
      /** @description cursor of the next page; missing on the last one */
      next?: string
    }
    GivenAccess: {
      accessLevel: components['schemas']['AccessLevel']
    }
    Job: {
      /** @example gc */
      action: string
      /** @description kept as it was given; nothing is made of it */
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
       * @description what the action needs to know
       * @example {
       *       "dryRun": true
       *     }
       */
      parameters: {
        [key: string]: unknown
      }
      retriesLeft: number
      retriesTotal: number
      /** @description the job of which this is another try; its own id for the first */
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
      /** @description why it waits although it is due */
      waitingFor?: string
      /** @description who runs it, or ran it last; empty while it waits */
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
    Login: {
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
      /** @description when the image was built; empty when it does not say */
      createdAt: string
      digest: string
      dockerfile: components['schemas']['DockerfileLine'][]
      mediaType: string
      /** @example linux */
      os: string
      osVersion: string
      /** @description bytes of the config and the layers together */
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
      /** @description how many there are, counted up to 10,000 */
      resourceCount: number
    }
    Members: {
      members: components['schemas']['Member'][]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description how many there are, counted up to 10,000 */
      resourceCount: number
    }
    Membership: {
      /** @description left out, it stays as it is */
      isAdmin?: boolean
    }
    MemberTeams: {
      memberTeams: {
        isAdmin: boolean
        team: components['schemas']['Team']
      }[]
      /** @description start of the next page; empty on the last one */
      nextPageStart: string
      /** @description how many there are, counted up to 10,000 */
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
      /** @description the secret, which is shown this once */
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
      /** @description of a user, 8 characters or more */
      password?: string
      /**
       * @default false
       * @enum {boolean}
       */
      searchLDAP?: false
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
    NewRepository: {
      /** @description taken, and ignored: they are always enabled */
      enableManifestLists?: boolean
      /**
       * @description a tag that has an image keeps it
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
      /** @description taken, and ignored: nothing is scanned here */
      scanOnPush?: boolean
      /** @default  */
      shortDescription?: string
      /**
       * @description a push beyond so many tags drops the oldest; 0 is without limit
       * @default 0
       * @example 0
       */
      tagLimit?: number
      /**
       * @description who may pull: everybody, or those who were given access
       * @default private
       * @enum {string}
       */
      visibility?: 'public' | 'private'
    }
    NewTeam: {
      /** @default  */
      description?: string
      name: string
    }
    PasswordChange: {
      /**
       * @description deletes all access tokens of the user too, as after a theft
       * @default false
       */
      endAccessTokens?: boolean
      /** @description 8 characters or more */
      newPassword: string
      /** @description administrators may leave it out */
      oldPassword?: string
    }
    PrunedTags: {
      digest: string
      name: string
    }[]
    PruningPolicy: {
      enabled: boolean
      id: string
      /**
       * Format: date-time
       * @description when it last deleted a tag; 0001-01-01T00:00:00Z for never
       */
      lastPrunedAt: string
      /** @example acme/backend */
      repository: string
      rules: components['schemas']['PruningRule'][]
      /**
       * Format: date-time
       * @description only tags pushed later are judged; not there: all
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
      /** @description of a tag eq, oo, sw, ew and c (is, is one of, begins, ends, contains) and noo, nsw, new and nc, which say the opposite; of a time bf and af (before, after) */
      operator: string
      values: string[]
    }
    ReadOnlyMode: {
      /** @description who switched it; empty for the registry itself */
      by: string
      on: boolean
      reason: string
      /**
       * Format: date-time
       * @description when it ends by itself
       * @example 2026-01-31T09:30:00.000Z
       */
      until?: string
    }
    Replica: {
      /** @description whether it answered just now */
      answers: boolean
      /** @description empty for a healthy one */
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
       * @description when it last looked at its subsystems, as far as is known
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
      /** @description what is wrong with the cluster; empty while it has a majority */
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
    SeenTeam: {
      /** @description whoever asks is in the team */
      clientUserIsMember: boolean
      id: string
      name: string
      orgID: string
    }
    Session: {
      auth_token: string
    }
    Settings: {
      createRepositoryOnPush: boolean
      gcDeleteReferrers: boolean
      gcGrace: string
      gcKeepUntaggedManifests: boolean
      jobHistoryCompactionEnabled: boolean
      jobHistoryMaxAge: string
      jobHistoryToKeep: number
      namespaceMaxManifestBytes: number
      namespaceMaxRepositories: number
      namespaceMaxTags: number
      namespaceMaxUploads: number
      pullsWithoutMajority: boolean
      readOnlyRegistry: boolean
      repoEventHistoryCompactionEnabled: boolean
      repoEventHistoryMaxAge: string
      repoEventHistoryToKeep: number
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
      /** @description of a signature; nothing is signed here */
      hashMismatch: boolean
      /** @description nothing is signed here */
      inNotary: boolean
      manifest: components['schemas']['Manifest'] | null
      /** @example latest */
      name: string
      /**
       * Format: date-time
       * @example 2026-01-31T09:30:00.000Z
       */
      updatedAt: string
    }
    Team: {
      description: string
      id: string
      /** @description counted up to 10,000, in a list up to 100 */
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
      /** @description how many there are, counted up to 10,000 */
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
    UserRepositoryAccess: {
      accessLevel: components['schemas']['AccessLevel']
      repository: components['schemas']['Repository']
      user: components['schemas']['Account']
    }
    WantedAudit: {
      /**
       * @description also reads and hashes everything that is stored
       * @default false
       */
      content?: boolean
      /** @description `next` of the page before; without it, the audit begins */
      cursor?: string
    }
    WantedCron: {
      /** @example gc */
      action: string
      /** @description kept as it is given; nothing is made of it */
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
       * @description what the action needs to know
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
       * @description second minute hour day month weekday, in UTC; or "@hourly", "@daily", "@weekly" and the like
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
    WantedJob: {
      /** @example gc */
      action: string
      /** @description kept as it is given; nothing is made of it */
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
       * @description what the action needs to know
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
       * @description when it is to begin; without it, at once
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
      /** @description shown to everybody who is refused */
      reason?: string
      /**
       * Format: date-time
       * @description when it ends by itself; without it, when somebody ends it
       * @example 2026-01-31T09:30:00.000Z
       */
      until?: string
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
      /** @description it is gone */
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
      /** @description they are gone */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
        'application/json': components['schemas']['WantedAudit']
      }
    }
    responses: {
      /** @description a page of the audit */
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
      /** @description the mode, which is in force */
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
      /** @description it has joined */
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
      /** @description those who stay */
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
      /** @description it is out of service until then, or back */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
        'application/json': components['schemas']['AccessTokenLabel']
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
        /** @description those last used before this time, or made before it and never used; needed but for `auto` */
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
      /** @description it is gone */
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
      /** @description it is gone */
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
      /** @description it is gone */
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
        /** @description id of the account that did it */
        actorId?: string
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        eventType?: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL' | 'SEND' | 'SCAN'
        /** @description leaves out pulls */
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
          | 'policy'
          | 'job'
          | 'cron'
          | 'login'
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['Events']
        }
      }
    }
  }
  autocomplete: {
    parameters: {
      query?: {
        includeAccounts?: 'true' | 'false'
        includeRepositories?: 'true' | 'false'
        /** @description more is taken as 100 */
        limit?: number
        /** @description only repositories of this namespace */
        namespace?: string
        /** @description beginnings of words of the name; with a "/" the beginning of the full name, or of a part of the path: "backend/a" finds acme/backend/api; empty for any */
        query?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description what was found, at most so many of each */
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
        /** @description beginnings of words of the name; with a "/" the beginning of the full name, or of a part of the path: "backend/a" finds acme/backend/api; empty for any */
        q?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description what was found */
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
        /** @description more is taken as 100 */
        limit?: number
        /** @description X-Next-Page-Start of the page before: other than with start, jobs made meanwhile repeat none */
        pageStart?: string
        /** @description that are not over yet, or that are */
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
          /** @description how many there are in all, when asked for */
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
      /** @description it is waiting */
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
      /** @description it is gone */
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
      /** @description it was asked to stop */
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
        /** @description more is taken as 1000 */
        limit?: number
        offset?: number | null
        /** @description taken and ignored: ask again for what follows */
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
      /** @description lines of its log, the oldest first; long ones may be fewer than wanted, and the next page starts after the last */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
      /** @description it is gone */
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
      /** @description the repository as it is now */
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
        /** @description id of the account that did it */
        actorId?: string
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        eventType?: 'CREATE' | 'GET' | 'UPDATE' | 'DELETE' | 'FAIL' | 'SEND' | 'SCAN'
        /** @description leaves out pulls */
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
          | 'policy'
          | 'job'
          | 'cron'
          | 'login'
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
      /** @description it is gone */
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
        /** @description true: for all tags, and those that are there are judged at once; false: only for tags pushed from now on. Without it, false for a new policy, and as before for one that is changed */
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
        /** @description true: for all tags, and those that are there are judged at once; false: only for tags pushed from now on. Without it, false for a new policy, and as before for one that is changed */
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
      /** @description the policy as it is now */
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
      /** @description it is gone */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
      /** @description a page of the tags, in the order of their names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['PrunedTags']
        }
      }
    }
  }
  listTags: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description taken, and ignored: nothing is signed here */
        domain?: string
        /** @description says what each tag points at */
        includeManifests?: 'true' | 'false'
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
        /** @description taken, and ignored: nothing is signed here */
        domain?: string
        os?: string
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
      /** @description what was found */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
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
        /** @description taken, and ignored: nothing is signed here */
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
      /** @description it is gone */
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
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
      /** @description the team has no access of its own now */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
      }
    }
  }
  listNamespaceAccess: {
    parameters: {
      query?: {
        /** @description asks for X-Resource-Count */
        count?: 'true' | 'false'
        /** @description more is taken as 100 */
        pageSize?: number
        /** @description X-Next-Page-Start of the page before */
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
          /** @description how many there are in all, when asked for */
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
      /** @description the team has no such access now */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
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
      /** @description it is done */
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
        /** @description what the names begin with */
        contains?: string
        filter?: 'all' | 'users' | 'orgs' | 'admins' | 'non-admins' | 'active-users' | 'inactive-users'
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
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
        /** @description the name, or the id, which may be marked by "id:" */
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
        /** @description the name, or the id, which may be marked by "id:" */
        accountNameOrID: string
      }
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description it is done */
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
        /** @description the name, or the id, which may be marked by "id:" */
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
      /** @description the account as it is now */
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
  getMembersOfOrganization: {
    parameters: {
      query?: {
        filter?: 'all' | 'admins' | 'non-admins'
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of their ids */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
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
      /** @description the member as it is now */
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
      /** @description it is done */
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
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['MemberTeams']
        }
      }
    }
  }
  getTeamsOfOrganization: {
    parameters: {
      query?: {
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of names */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
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
      /** @description it is done */
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
      /** @description the team as it is now */
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
  getMembersOfTeam: {
    parameters: {
      query?: {
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of their ids */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
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
      /** @description the member as it is now */
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
      /** @description it is done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
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
        /** @description more is taken as 100 */
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
      /** @description a page, in the order of their ids */
      200: {
        headers: {
          /** @description pageStart of the next page; empty on the last one */
          'X-Next-Page-Start'?: string
          /** @description how many there are in all, when asked for */
          'X-Resource-Count'?: number
          [name: string]: unknown
        }
        content: {
          'application/json': components['schemas']['MemberOrgs']
        }
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
      /** @description it is done */
      204: {
        headers: {
          [name: string]: unknown
        }
        content?: never
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
        /** @description more is taken as 100 */
        n?: number
        /** @description beginnings of words of the name; with a "/" the beginning of the full name, or of a part of the path: "backend/a" finds acme/backend/api; empty for any */
        q?: string
      }
      header?: never
      path?: never
      cookie?: never
    }
    requestBody?: never
    responses: {
      /** @description what was found */
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
