/**
 * Bounds on what a client sends or asks for: counts, lengths, depths and bytes, in one place. What is over a bound is
 * refused with a sentence that names the bound, or is cut where this file says so. Lengths are in UTF-16 units, as
 * JavaScript counts them, unless a name says bytes. `test/limits.test.ts` tests each bound at its edge.
 */
import type { JsonBounds } from './util/json.ts'

const kibibyte = 1024
const mebibyte = 1024 * kibibyte
const gibibyte = 1024 * mebibyte

// Names

/** Clients cap `<host>/<name>` at 255 characters, so a longer name could be pushed but never pulled. */
export const longestRepositoryName = 255
export const longestAccountName = 100
export const longestTeamName = 100
/** OCI: a tag has at most 128 characters. */
export const longestTag = 128
/** RFC 6838 section 4.2: a type and a subtype of 127 characters each. */
export const longestMediaType = 255

/** The longest path as it is sent, in characters: twice the longest names and references with each character as %xx. */
export const longestPath = 2048

// Pushes

/** OCI: a registry must take manifests of 4 MiB; larger ones are refused with 413. */
export const largestManifestBytes = 4 * mebibyte
/** Go's encoding/json, which most clients read manifests with, gives up at the same depth. */
export const manifestJson: JsonBounds = { depth: 10_000, values: 250_000 }
/**
 * The most layers, manifests or blobs of a manifest: an image has some hundreds, an artifact of 4 MiB hardly more than
 * this.
 */
export const mostDescriptors = 30_000
/** The most annotations of a manifest itself: a schema looks at each, and 4 MiB of them take seconds. */
export const mostAnnotations = 10_000
/** The most addresses from which a nondistributable layer can be downloaded. */
export const mostUrls = 32
export const longestUrl = 2048
/**
 * The largest annotations of a referrer that are kept beside its manifest; larger ones are read from it for each list.
 */
export const largestKeptAnnotationsBytes = 64 * kibibyte
/** OCI end-7b: at least ten tags must be possible in the query of one push. */
export const mostTagsOfPush = 100
/** A blob of so many chunks is read by as many R2 operations, half of what one request may make. */
export const mostChunksOfUpload = 5000
/** R2 takes 4.995 GiB in one put; a longer body is stored in parts. */
export const largestPutBytes = 4 * gibibyte
/** R2 wants all parts of a multipart upload equal but the last, and 5 MiB at least. */
export const partBytes = 5 * mebibyte
/** R2 takes no more, so a body of unknown length has at most 48.8 GiB. */
export const mostPartsOfBody = 10_000
/** A blob of more segments is written again as one when its upload closes, so that a pull is few reads. */
export const mostSegmentsOfBlob = 8
/** The most repositories in which a mount without a source looks; with a password always as many are asked about. */
export const mostMountSources = 20

// Pulls

/** RFC 9110 section 17.15: each range is a read of R2. Clients that are refused ask again for fewer, larger ranges. */
export const mostRangesOfRequest = 256

/** The most segments of a blob that are checked in R2 when it is uploaded again; fsck checks other blobs. */
export const mostSegmentsToLookAt = 100

// Bodies of pushes

/** A body that brings less than this in a minute, and does not end, has stalled: its request ends with 408. */
export const leastProgressBytes = 128 * kibibyte
export const longestStallMilliseconds = 60_000
/**
 * The longest that a body may take to bring one part, as no other upload can use the part's memory: 17 KiB a second.
 */
export const longestPartMilliseconds = 300_000
/**
 * Buffers of one part that an isolate holds for all its uploads, or memory for other bodies in their place: 40 MiB of its
 * 128 MiB.
 */
export const mostPartBuffers = 8
/** The most of these for one account, so that others need not wait: as many as Docker sends layers at a time. */
export const mostPartBuffersOfAccount = 5
/** The most of these for all senders without a login together, who send forms for a login. */
export const mostPartBuffersOfAnonymous = 2
/** While fewer are in use, an upload gets a second one, to read while it sends. */
export const fewPartBuffers = 4
/** A body that is held whole takes the memory of one buffer for each of so many bytes: read, it is several times as large. */
export const wholeBytesOfShare = mebibyte
/** The longest that a request waits for such memory before it is refused with a request to retry. */
export const longestBufferWaitMilliseconds = 15_000
/** The most bytes that are read of a refused body, so that its sender gets to the answer. */
export const mostDrainedBytes = 8 * mebibyte
export const longestDrainMilliseconds = 5000

// The bucket of backups of another provider

/** The longest document that is read of its answers: a page of a thousand of the longest keys, each character as %xx. */
export const longestBucketAnswer = 4 * mebibyte

// Requests for tokens

/** More than any client asks for: a push that mounts from every other image names a few dozen. Further ones are left out. */
export const mostScopes = 100
export const largestFormBytes = 64 * kibibyte

// Credentials

/** The longest Authorization header: a token with the most scopes and the longest names fits. */
export const longestAuthorization = 64 * kibibyte
/** The verified tokens that an isolate remembers; at either bound it forgets all of them. */
export const mostVerifiedTokens = 1000
export const mostVerifiedCharacters = 4 * mebibyte
/** The fewest characters of `REGISTRY_SECRET` and of the secret before it. */
export const shortestSecret = 32
/** The longest recovery secret, or token of a restore, that a request brings. */
export const longestRecoverySecret = 1024

// Workloads that log in with a token of their CI system

export const longestWorkloadRuleName = 60
export const mostWorkloadRules = 200
/** Repositories and namespaces that a rule opens. */
export const mostRepositoriesOfRule = 50
export const longestAudience = 255
/** Of a rule, in CEL. */
export const longestCondition = 2000
export const deepestCondition = 20
/** Names, values and operators of a condition: with each loop over claims, they bound what it costs to test it. */
export const mostNodesOfCondition = 250
/** Of a key set in JSON that a rule has of its own: a key of RSA has 400 to 800 characters. */
export const longestKeySet = 16 * kibibyte
/** Tokens of CI systems have one to four KiB. */
export const longestWorkloadToken = 16 * kibibyte
/** What a token says: GitHub's has forty claims. */
export const workloadJson: JsonBounds = { depth: 8, values: 500 }

// Variables of a deployment

/** An upload expires after this time, and with it what was signed for it. */
export const sessionSeconds = 24 * 60 * 60

/** The largest `PULL_LOG_SECONDS`: a Worker may go on for half a minute after its answer. */
export const largestPullLogSeconds = 20

// Pulls that an isolate remembers

/** Questions that an isolate looks up at the same time; at the bound it forgets all, as those of dead requests never end. */
export const mostSharedQuestions = 1000

/** The answers to lookups of pulls that an isolate keeps; beyond either bound the oldest goes. */
export const mostKeptAnswers = 1000
export const mostKeptCharacters = 4 * mebibyte

// Lists of the distribution API; a page that asks for more is cut to these

/** Many clients never ask for a second page, so one is as large as D1 reads without effort. */
export const mostTagsOfPage = 10_000
export const mostRepositoriesOfPage = 1000
export const mostReferrersOfPage = 100
/** The referrers that an index under a referrers tag can add: a request looks at so many, whatever the index lists. */
export const mostReferrersOfTag = 1000

// The administrative API

export const largestApiBodyBytes = 64 * kibibyte
/** A pruning policy with as many rules and values as it may have stays below. */
export const apiJson: JsonBounds = { depth: 32, values: 5000 }
/** A page that asks for more items is cut to this. */
export const mostItemsOfPage = 100
export const mostLinesOfLogPage = 1000
export const largestLogOffset = 1_000_000_000
/** The longest start of a page: a name, a digest or an id. */
export const longestPageStart = 300
/** A name or an id in a path or a query, like that of a job, an action or a token. */
export const longestIdentifier = 100
/** A time in RFC 3339, or a duration like "36h30m". */
export const longestTimeText = 50
/** A tag or a digest in a path; a longer one names nothing. */
export const longestReference = 255
/** A platform, or another word to filter a list by. */
export const longestFilter = 255
export const longestSearch = 255
/** More words narrow a search no further. Further ones are left out. */
export const mostSearchWords = 10
export const longestFullName = 300
/** The longest descriptions: of an account or a team, and the short and the long one of a repository. */
export const longestDescription = 1000
export const longestShortDescription = 300
export const longestLongDescription = 25_000
/** A push to a repository with a limit counts its tags up to it. */
export const largestTagLimit = 10_000
export const mostAccessTokens = 100
export const longestTokenLabel = 100
/** Of an organization. */
export const mostServiceAccounts = 100
/** Of a service account, without that of its organization. */
export const longestServiceName = 50
/** The repositories, and the namespaces, that one access token may name: a registry token has to carry them. */
export const mostPlacesOfToken = 20
/** The most sessions of one account where the policy of sessions has no limit: a script may log in with each call. */
export const mostSessions = 1000
/** The longest User-Agent that is stored with a token; longer ones are cut, as only people read it. */
export const longestAgent = 300
export const longestReadOnlyReason = 300
export const longestDrillSeconds = 86_400
export const longestFsckCursor = 10_000

// Jobs

export const mostRetriesOfJob = 10
export const longestSchedule = 200
/** The largest parameters and the largest capacity map of a job, as JSON. */
export const largestJobMapBytes = 4096

// Pruning policies

export const mostPruningPolicies = 25
export const mostPruningRules = 25
export const mostPruningValues = 100
/** The longest value of a rule about tags; a time and a duration are shorter. */
export const longestPruningValue = longestTag
export const longestPruningField = 100
export const longestPruningOperator = 20

// What the API reads of stored manifests and configs to show it; what is over a bound is not shown

/** Bytes of manifests, or of configs, read for one page, and bytes of the answer. The next page continues. */
export const largestPageBytes = 4 * mebibyte
/** Configs have a few KiB; a longer one is not read, nor is a longer manifest that lies in R2. */
export const largestShownDocumentBytes = 256 * kibibyte
export const configJson: JsonBounds = { depth: 100, values: 50_000 }
/** No image has more layers. */
export const mostShownSteps = 500
/** The longest line of a build step that is shown; some builders write whole scripts into one, and the rest is cut. */
export const longestShownLine = 2000

// Backups

/** What R2 takes as a key. */
export const longestBackupKey = 1024
/** Public keys for which a backup is encrypted. */
export const mostBackupRecipients = 20

// Content trust

/** `<host>/<repository>`, of which clients take 255 characters. */
export const longestGun = 255
/** RFC 1035 section 2.3.4, with a port. */
export const longestHost = 259
/** Hosts whose trust data is served beside the host that a client asks. */
export const mostTrustHosts = 20

/** A version of one role: 20,000 targets have about 3.8 MB. */
export const largestTrustDocumentBytes = 4 * mebibyte
/** Of all documents of one publish together. */
export const largestTrustUpdateBytes = 10 * mebibyte
/** A push with signers brings one a signer, beside `targets/releases`. */
export const mostRolesOfTrustUpdate = 64
/** Notary's grammar: it keeps the name of a role in 255 bytes. */
export const longestRoleName = 255
/** Below `targets`; `docker trust` makes one level, and few repositories have a second. */
export const deepestDelegation = 16
export const trustJson: JsonBounds = { depth: 64, values: 250_000 }
/** A root keeps the certificates of all its former versions. */
export const mostKeysOfTrustDocument = 500
/** Of the signers of `targets/releases`, for one; each may bring certificates, which take a millisecond or two to read. */
export const mostKeysOfRole = 100
export const mostSignaturesOfTrustDocument = 50
export const mostTargetsOfTrustDocument = 20_000
/** Targets times signatures of what one publish changes, each of which is a row: 20,000 targets under five keys. */
export const mostSignedTargets = 100_000
/** Of the roles that are read together when the root or `targets` changes; read, they take several times their bytes. */
export const largestTrustCollectionBytes = 20 * mebibyte
/** Of a snapshot: each role of a collection, and those that were removed. */
export const mostRolesOfSnapshot = 1000
/** Of a public key as it is sent: a certificate with its intermediates in PEM has some KiB. */
export const largestTrustKeyBytes = 32 * kibibyte
/** The leaf and its intermediates. */
export const mostCertificatesOfKey = 5
/** Of all documents of one imported collection together. */
export const largestTrustImportBytes = 10 * mebibyte
/** Its roles, and each version of its root. */
export const mostDocumentsOfTrustImport = 300
/** The documents in base64, and what stands around them in JSON. */
export const largestTrustImportBodyBytes = 14 * mebibyte
/** Signed images that are not here: an answer names so many, and counts all. */
export const mostMissingImagesShown = 1000
/** Of one role but root, of which all are kept. A client reads what a timestamp named when it began. */
export const mostVersionsKept = 100
/** Of a message in an answer, as JSON: Notary's clients read the first KiB of an answer, and cannot parse half of one. */
export const longestTrustMessageBytes = 700
/** What stands around the documents of an update: the heads of its parts. */
export const trustMultipartBytes = 64 * kibibyte
/** Attempts to store an update while others are faster: each time one of those that met is done. */
export const mostPublishTries = 12
/** A page of the changefeed; a page of more is cut to this. */
export const mostChangesOfPage = 1000
/** The same for a user who may not read all repositories: up to as many changes are read of each repository of the page. */
export const mostChangesOfViewer = 100
/** Repositories that are looked at for such a page; of a changefeed with more, the newest are left out. */
export const mostRepositoriesOfFeed = 10_000
/** A parameter is quoted at most this long in an answer. */
export const longestQuotedParameter = 100

// Signatures of images; what is over a bound is no fact, and the refusal says so

/** Of one `sha256-….sig` manifest, to which each `cosign sign` adds one. Further ones are not looked at. */
export const mostSignaturesOfArtifact = 100
/** What cosign signs: a page of JSON that names the image. */
export const largestSignedPayloadBytes = 16 * kibibyte
/** A sigstore bundle or a notation envelope, with all of its certificates. */
export const largestSignatureBytes = 256 * kibibyte
/** Of what a signature says: bundles, envelopes and what they carry. */
export const signatureJson: JsonBounds = { depth: 32, values: 5000 }
/** Entries of transparency logs, and time stamps, of one signature. */
export const mostProofsOfSignature = 8
export const largestTimestampBytes = 16 * kibibyte
/** Certificates with RSA keys of 4096 bits and many names have 3 KiB. */
export const largestCertificateBytes = 16 * kibibyte
export const mostCertificatesOfSignature = 10
/** Of the trust stores that a repository's signatures are checked against. */
export const mostTrustedCertificates = 100
/** Signatures that are shown of what a tag points at. */
export const mostShownSignatures = 20
/** Registered keys that a signature is tried with; in a registry with more, those near its repository come first. */
export const mostKeysTried = 1000
/** Signatures times keys of one artifact: each check takes a tenth of a millisecond. */
export const mostSignatureChecks = 2000

// Signers and signature policies

export const mostTeamsOfPolicy = 20
export const longestReplayDays = 366
/** The recorded events that one page of a replay looks at. */
export const mostPullsOfReplay = 5000

/** Public keys of one user, by which signatures are theirs. */
export const mostPublicKeys = 20
export const longestKeyLabel = 100
/** Identities of one user that sign without a registered key. */
export const mostSignerIdentities = 20
/** An OIDC issuer, or `x509:` with the name of a trust root. */
export const longestIssuer = 255
export const longestIdentityPattern = 255
/** Stars of a pattern: comparing takes the length of the subject to their power. */
export const mostStarsOfPattern = 3
export const mostTrustRoots = 20
export const longestTrustRootName = 100
/** Sigstore's own root has about 7,000 characters, a certificate about 2,000. */
export const longestTrustRoot = 48 * kibibyte

// Issuers of tokens: providers of single sign-on and of workloads' tokens

/** Of a discovery document, a key set, or another answer of an issuer: those of large providers have 20 KiB. */
export const largestIssuerAnswerBytes = 256 * kibibyte
export const issuerJson: JsonBounds = { depth: 16, values: 10_000 }
/** From the connection to the last byte of an answer. */
export const longestIssuerWaitSeconds = 5
export const mostKeysOfIssuer = 100

// Directories of users

/** The longest that connecting to a directory may take, with TLS, and the longest of each operation there. */
export const directoryConnectMilliseconds = 5000
export const directoryOperationMilliseconds = 10_000
/** A group of a hundred thousand members that come at once stays below. */
export const largestDirectoryMessageBytes = 8 * mebibyte
/** The most bytes in answer to one request; a search of more entries needs pages. */
export const largestDirectoryAnswerBytes = 16 * mebibyte
/**
 * The most bytes in answer to what a login asks: two entries with their names and ids, and referrals. Anyone may begin a login,
 * and logins that come at once share the memory of an isolate.
 */
export const largestDirectoryLoginAnswerBytes = 64 * kibibyte
/** The most entries in answer to one request: so many users are synced without pages. */
export const mostEntriesOfDirectoryAnswer = 50_000
/** Servers have limits of their own, of which 100 is a low one. */
export const entriesOfDirectoryPage = 100
/** A login of a directory ends after this, with all that it asks. */
export const longestDirectoryLoginMilliseconds = 20_000
/** Teams and organizations that a user is looked for in at the first login, and how long that takes: the sync does the rest. */
export const mostSyncsOfFirstLogin = 200
export const firstLoginSyncMilliseconds = 5000
/** A group comes in ranges of 1,500 members, or of what the server is told to give. */
export const mostRangesOfGroup = 1000
/** What a group or a search may name for a team, owners, administrators or the users of a search: a turn holds all of them. */
export const mostNamedEntries = 100_000
export const longestDn = 1024
/** A filter of LDAP (RFC 4515). */
export const longestLdapFilter = 4096
export const longestLdapAttribute = 100
export const longestServerUrl = 300
export const longestReaderPassword = 1000
export const mostDirectoryDomains = 20
/** Servers of directories that a login or a sync is connected to at a time: the runtime lets a request have six connections. */
export const mostOpenDirectories = 4
/** Every login asks all of them, one after the other. */
export const mostUserSearches = 20

// Single sign-on

export const longestClientId = 255
export const longestClientSecret = 512
export const longestClaimName = 255
export const mostSsoScopes = 20
/** OpenID Connect Core 1.0 section 2: a subject has at most 255 characters. */
export const longestSubject = 255
export const longestGroupName = 255
/** Of a user, in the claims of a login. */
export const mostGroupsOfUser = 2000
/** Teams that follow the group of one name. */
export const mostTeamsOfGroup = 100
/** Of what comes back from a provider through the browser: a code and a state. */
export const longestSsoParameter = 2048
/** Of a logout token, which the provider sends in a form. */
export const largestLogoutBytes = 16 * kibibyte
/** Of the form with a response of SAML: one of 2,000 groups has 300 KiB. */
export const largestSamlFormBytes = 512 * kibibyte
/** Of a document of SAML: each value of an attribute is one. To check a signature takes time for each, and more for deep ones. */
export const mostSamlElements = 5000
export const deepestSamlElement = 32
/** Of the metadata of an identity provider, as a text. */
export const longestSamlMetadata = 256 * kibibyte
/** SAML 2.0 Core section 8.3.6. */
export const longestEntityId = 1024
/** Certificates that one provider signs with: each is tried. */
export const mostSamlCertificates = 10
/** What is said of the machine that a command runs on. */
export const longestDeviceName = 100
/** Commands that wait for a browser to approve them: from one network, and from all. */
export const mostDevicesOfNetwork = 10
export const mostDevices = 1000
