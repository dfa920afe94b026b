//! Every limit of Leadbook, in one place. Each is published in docs/API.md (a tidy test checks it)
//! and answered with a clear error when passed.

/// Bytes of a request body. Far above the largest documented update, far below what hurts.
pub const BODY_BYTES_MAX: usize = 256 * 1024;
/// Milliseconds in which a request body must have arrived.
pub const BODY_READ_MS_MAX: u64 = 15_000;
/// Bytes of a refused request's body that are read and thrown away so that its sender hears the refusal.
pub const BODY_DISCARDED_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Milliseconds for which they are read.
pub const BODY_DISCARD_MS_MAX: u64 = 5_000;
/// Levels of nesting in a JSON body. `serde_json` itself stops at 128.
pub const JSON_DEPTH_MAX: usize = 32;
/// Faults of one request's members that are named in its answer.
pub const FAULTS_MAX: usize = 100;
/// Characters of a short text: names, e-mail, company, external id, stage, disposition.
pub const TEXT_CHARS_MAX: usize = 255;
/// Characters of a request id that a caller brings along; a longer one is replaced by ours.
pub const REQUEST_ID_CHARS_MAX: usize = 128;
/// Characters of the notes, and of a text in a custom field.
pub const NOTES_CHARS_MAX: usize = 16_384;
/// Characters of a phone number as given; E.164 has at most 16 with its `+`, the rest is separators.
pub const PHONE_CHARS_MAX: usize = 64;
/// Bytes of one open object (variables, collected) as stored.
pub const OBJECT_BYTES_MAX: usize = 64 * 1024;
/// Members of one open object.
pub const OBJECT_KEYS_MAX: usize = 512;
/// Characters of a member name in an open object.
pub const OBJECT_KEY_CHARS_MAX: usize = 255;
/// Tags on one lead.
pub const TAGS_MAX: usize = 100;
/// Users assigned to one lead.
pub const ASSIGNED_USERS_MAX: usize = 100;
/// Custom field values in one edit, and on one lead.
pub const CUSTOM_FIELDS_MAX: usize = 200;
/// Options of one select field, and choices in one multi-select value.
pub const OPTIONS_MAX: usize = 200;
/// Call ids that a lead remembers, newest last; older calls stay in the call log.
pub const CALL_IDS_MAX: usize = 200;
/// Stages, and dispositions, of one campaign.
pub const STAGES_MAX: usize = 100;
/// Callback URLs that `process create` takes.
pub const CALLBACKS_MAX: usize = 10;
/// Characters of a URL that Leadbook calls.
pub const URL_CHARS_MAX: usize = 2048;
/// Commands that one transaction decides. Measured: 64 to 256 give the same throughput, and a
/// smaller batch bounds the commit time.
pub const BATCH_COMMANDS_MAX: usize = 128;
/// Commands that wait for the writer; one more is answered 503 with `Retry-After`.
pub const QUEUE_COMMANDS_MAX: usize = 4096;
/// Seconds in the `Retry-After` of a full queue.
pub const QUEUE_RETRY_AFTER_SECONDS: u64 = 1;
/// Deferred edits that may wait for one lead's call to end.
pub const DEFERRED_EDITS_MAX: usize = 32;
/// Queued updates (UserVox) that may wait for one lead.
pub const JOBS_PER_LEAD_MAX: usize = 1000;
/// Shortest lease of a claim, in milliseconds.
pub const LEASE_MS_MIN: i64 = 1_000;
/// Longest lease of a claim, in milliseconds: four hours, longer than any call.
pub const LEASE_MS_MAX: i64 = 4 * 60 * 60 * 1000;
/// Lease of a claim that names none, in milliseconds.
pub const LEASE_MS_DEFAULT: i64 = 10 * 60 * 1000;
/// Claim candidates looked at for one claim before the answer is "none".
pub const CLAIM_CANDIDATES_MAX: usize = 32;
/// Events on one page of a lead's history.
pub const HISTORY_PAGE_MAX: usize = 100;
/// API keys held in memory; more are looked up again.
pub const KEY_CACHE_MAX: usize = 10_000;
/// Milliseconds for which a cached key or setting is believed: the bound on how long a revoked key works.
pub const CACHE_MS_MAX: i64 = 900;
/// Campaigns and workspaces held in memory.
pub const CONFIG_CACHE_MAX: usize = 10_000;
/// Ids that one process reserves at once.
pub const ID_BLOCK: u64 = 1_000;
/// Subscriptions of one workspace.
pub const SUBSCRIPTIONS_MAX: usize = 20_000;
/// Values in one list of a subscription's filter.
pub const FILTER_VALUES_MAX: usize = 100;
/// Secrets that a subscription signs with at the same time.
pub const SECRETS_MAX: usize = 4;
/// Characters of a source tag.
pub const SOURCE_CHARS_MAX: usize = 64;
/// Requests to one endpoint at the same time, if its subscription names no number.
pub const ENDPOINT_AT_ONCE_DEFAULT: u32 = 8;
/// The largest number it may name.
pub const ENDPOINT_AT_ONCE_MAX: u32 = 64;
/// The largest rate that a subscription may name, in requests per second.
pub const ENDPOINT_PER_SECOND_MAX: u32 = 10_000;
/// Milliseconds for which an endpoint may fail, every attempt of them, before its subscription is disabled: five days.
pub const ENDPOINT_FAILING_MS_MAX: i64 = 5 * 24 * 60 * 60 * 1_000;
/// Attempts to deliver one webhook before it is kept as a dead letter.
pub const DELIVERY_ATTEMPTS_MAX: u32 = 13;
/// The longest `Retry-After` that is honoured, in milliseconds: a day.
pub const RETRY_AFTER_MS_MAX: i64 = 24 * 60 * 60 * 1_000;
/// Milliseconds that one webhook delivery may take.
pub const DELIVERY_TIMEOUT_MS: u64 = 15_000;
/// Milliseconds for which a process has a delivery to itself. One that could not begin early enough to end within
/// them is left to whoever asks next.
pub const DELIVERY_LEASE_MS: i64 = 60_000;
/// Milliseconds for which a process has a job to itself: what the jobs of a process that died wait at most.
pub const JOB_LEASE_MS: i64 = 5_000;
/// Deliveries under way at once, in one process.
pub const DELIVERIES_AT_ONCE_MAX: usize = 256;
/// Of these, deliveries to one host and port, whoever subscribed.
pub const DELIVERIES_PER_HOST_MAX: usize = 64;
/// Of these, deliveries to endpoints that were slow the last time, all together: the rest is for those who are not.
pub const DELIVERIES_SLOW_AT_ONCE_MAX: usize = 128;
/// Milliseconds after which an answer was slow.
pub const DELIVERY_SLOW_MS: u64 = 1_000;
/// Due deliveries that are read at once.
pub const DELIVERY_PAGE_MAX: usize = 512;
/// Due deliveries of one endpoint held in memory, above which its others are left where they are.
pub const ENDPOINT_WAITING_MAX: usize = 128;
/// Due deliveries held in memory until there is room, all together.
pub const DELIVERIES_WAITING_MAX: usize = 4_096;
/// Deliveries under way, or with an outcome that the store has not taken yet. More are not begun.
pub const DELIVERIES_UNRECORDED_MAX: usize = 2_048;
/// Milliseconds for which an endpoint is left alone at most because it asked for it (429 or 503 with `Retry-After`);
/// then one delivery tries. What was refused so waits for as long as it was asked to.
pub const ENDPOINT_PAUSE_MS_MAX: i64 = 60 * 60 * 1_000;
/// Milliseconds that the name of a URL may take to resolve when a subscription is saved.
pub const ENDPOINT_RESOLVE_MS_MAX: u64 = 5_000;
/// Outcomes of deliveries that one transaction records.
pub const DELIVERY_OUTCOMES_MAX: usize = 256;
/// Bytes of a receiver's answer that are read.
pub const DELIVERY_RESPONSE_BYTES_MAX: usize = 8 * 1024;
/// Of these, bytes that the attempt log keeps.
pub const DELIVERY_RESPONSE_KEPT_BYTES_MAX: usize = 512;
/// Milliseconds in which they are read.
pub const DELIVERY_RESPONSE_MS_MAX: u64 = 1_000;
/// Milliseconds for which attempts stay in the log: two weeks.
pub const ATTEMPTS_KEPT_MS: i64 = 14 * 24 * 60 * 60 * 1_000;
/// Deliveries, dead letters, attempts or subscriptions on one page.
pub const WEBHOOK_PAGE_MAX: usize = 100;
/// Dead letters that one request replays.
pub const REPLAY_MAX: usize = 1_000;
/// Events on one page of the change feed.
pub const FEED_PAGE_MAX: usize = 1_000;
/// Events that a stream of the change feed holds until its client has taken them.
pub const FEED_STREAM_PAGE_MAX: usize = 100;
/// Seconds after which a stream of the change feed that has nothing to tell sends a comment, so that nobody between
/// takes it for dead.
pub const FEED_KEEP_ALIVE_SECONDS: u64 = 15;
/// Seconds for which a request for the change feed may wait for news.
pub const FEED_WAIT_SECONDS_MAX: u64 = 60;
/// Requests that may wait for news of the change feed at once, streams included.
pub const FEED_READERS_MAX: usize = 1_000;
/// Milliseconds between two looks of a background loop that nobody wakes.
pub const WORKER_TICK_MS: u64 = 1_000;
/// Milliseconds between two looks for due deliveries while there is little to find.
pub const WORKER_LOOK_MS_MIN: u64 = 2;
/// The same, where nothing was found and much waits already.
pub const WORKER_LOOK_IN_VAIN_MS: u64 = 20;
/// Milliseconds between two looks for events without a place in the change feed, while somebody reads one.
pub const WORKER_FEED_TICK_MS: u64 = 100;
/// Milliseconds between two such looks at least.
pub const WORKER_FEED_MS_MIN: u64 = 20;
/// The same while nobody waits for a feed: each look costs a reader its cache.
pub const WORKER_FEED_IDLE_MS_MIN: u64 = 200;
/// Milliseconds between two looks for bulks and leads of deleted campaigns that are left, when there were some.
pub const WORKER_LEFTOVERS_MS_MIN: u64 = 20;
/// Attempts that are forgotten at once.
pub const WORKER_FORGET_MAX: usize = 1_000;
/// Milliseconds between two looks for attempts to forget, when there were few.
pub const WORKER_FORGET_TICK_MS: u64 = 60_000;
/// Milliseconds between two such looks at least.
pub const WORKER_FORGET_MS_MIN: u64 = 100;
/// Milliseconds that a graceful stop waits for deliveries under way; the rest is sent at the next start.
pub const WORKER_STOP_MS_MAX: u64 = 2_000;
/// Milliseconds that a graceful stop waits for requests in flight.
pub const SHUTDOWN_MS_MAX: u64 = 20_000;

/// Milliseconds that connecting to one host of a database server may take.
pub const DATABASE_CONNECT_MS_MAX: u64 = 3_000;
/// Milliseconds that a statement waits for a lock on a database server. Our own batches hold theirs for a few; who waits
/// longer waits for a stranger or for a process that is gone.
pub const DATABASE_LOCK_MS_MAX: u64 = 3_000;
/// Milliseconds that one statement may take on a database server.
pub const DATABASE_STATEMENT_MS_MAX: u64 = 8_000;
/// Milliseconds after which a batch that a database server does not answer is given up, and its callers are told to
/// try again. Longer than a statement, because a commit may wait for standbys.
pub const DATABASE_BATCH_MS_MAX: u64 = 10_000;
/// Connections for reads that one process opens to a database server at most.
pub const DATABASE_READERS_MAX: usize = 8;
/// Connections for its background loops that one process opens to a database server at most.
pub const DATABASE_WORKERS_MAX: usize = 4;
/// Batches that one process has under way on a database server at most, each on a connection of its own.
pub const DATABASE_LANES_MAX: usize = 4;

/// Bytes of the body of a bulk request. It is read as it comes, never kept whole.
pub const BULK_BODY_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Milliseconds in which it must have arrived.
pub const BULK_READ_MS_MAX: u64 = 120_000;
/// Elements of it that are handed on together, unless they have too many bytes; each has at most `BODY_BYTES_MAX`.
pub const BULK_PARTS_MAX: usize = 32;
/// Bytes at which fewer are.
pub const BULK_PARTS_BYTES_MAX: usize = 64 * 1024;
/// How often as many are read ahead of what is done with them.
pub const BULK_PARTS_AHEAD: usize = 2;
/// Leads of one bulk request (NLPearl's number).
pub const BULK_LEADS_MAX: usize = 50_000;
/// Leads that are staged, and later made, at once.
pub const BULK_CHUNK_LEADS: usize = 128;
/// Bytes of open objects at which fewer are staged at once; one lead may have more.
pub const BULK_STAGED_BYTES_MAX: usize = 1024 * 1024;
/// Milliseconds for which a process has a bulk to itself; renewed with every chunk.
pub const BULK_LEASE_MS: i64 = 30_000;
/// Bulk requests that one process reads or makes at once; one more is answered 503 with `Retry-After`.
pub const BULKS_AT_ONCE_MAX: usize = 4;
/// Bytes of an uploaded file (DialNexa's number). It is held in memory while it is read.
pub const UPLOAD_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Bytes of an uploaded workbook when it is unpacked.
pub const UPLOAD_UNPACKED_BYTES_MAX: usize = 100 * 1024 * 1024;
/// Bytes of the body of one UserVox bulk request: a thousand leads of four kilobytes each.
pub const INITIATE_BODY_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Leads of one UserVox bulk request (the vendor's number).
pub const INITIATE_LEADS_MAX: usize = 1_000;
/// Leads that one request deletes.
pub const DELETE_LEADS_MAX: usize = 50_000;
/// Calls that one request deletes.
pub const DELETE_CALLS_MAX: usize = 1_000;
/// Leads or calls on one page of a list, whatever the vendor lets its clients ask for.
pub const LIST_PAGE_MAX: usize = 1_000;
/// Leads on one page of a JourneyBee list (the vendor's number).
pub const JOURNEYBEE_PAGE_MAX: usize = 50;
/// Leads that a search counts; behind them a total is "at least".
pub const LIST_MATCHES_MAX: usize = 2_000;
/// Leads that a search looks at to count those who match, where no index tells. One takes 3 µs, most of which is waiting for memory: a page
/// must stay below 20 ms beside fifteen others.
pub const LIST_LOOKED_MAX: usize = 250;
/// Values in one filter of a list.
pub const LIST_VALUES_MAX: usize = 100;
/// Campaigns of one workspace that are not deleted.
pub const CAMPAIGNS_MAX: usize = 1_000;
/// Keys of one workspace that are not revoked, as far as its callers make them.
pub const KEYS_MAX: usize = 1_000;
/// Tags of one workspace; custom field definitions; users. Vendors list them without pages.
pub const DEFINITIONS_MAX: usize = 1_000;
/// Spans of calling hours of one campaign.
pub const CALLING_HOURS_MAX: usize = 50;
/// Further contacts of one lead (Autocalls' number).
pub const CONTACTS_MAX: usize = 10;
/// Bytes of one note's document.
pub const NOTE_BYTES_MAX: usize = 64 * 1024;
/// Attachments, and mentions, of one note.
pub const NOTE_REFERENCES_MAX: usize = 100;
/// Notes on one lead; they are listed without pages.
pub const NOTES_PER_LEAD_MAX: usize = 200;
/// Milliseconds for which a repeated submission of the same new lead gets the first one's answer (UserVox).
pub const RECEIPT_MS: i64 = 60_000;
/// Duplicate submissions of one key within `RECEIPT_MS` that block it, where the workspace asks for that (UserVox's number).
pub const REPEATS_MAX: u32 = 5;
/// Milliseconds for which it is blocked (UserVox's number).
pub const REPEATS_BLOCK_MS: i64 = 60 * 60 * 1000;
/// Requests of one UserVox project within `USERVOX_WINDOW_MS` (the vendor's number).
pub const USERVOX_REQUESTS_MAX: u32 = 100;
/// Milliseconds of that window.
pub const USERVOX_WINDOW_MS: i64 = 5_000;
/// Requests of one DialNexa key within `DIALNEXA_WINDOW_MS`. The vendor publishes none; this one only stops runaways.
pub const DIALNEXA_REQUESTS_MAX: u32 = 60_000;
/// Milliseconds of that window.
pub const DIALNEXA_WINDOW_MS: i64 = 60_000;
/// Callers whose requests are counted at once; more are counted anew.
pub const RATES_MAX: usize = 10_000;
/// Calls of one lead that UserVox's answer shows.
pub const ACTIVITIES_MAX: usize = 100;
