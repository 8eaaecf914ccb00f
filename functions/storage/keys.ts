import { sha256Hex, shardOf } from "../core/hash.ts";

/** Keys of every row, in one place. `#` never occurs in an id (see core/notification/request.ts). */
const hex2 = (shard: number): string => shard.toString(16).padStart(2, "0");

export const shardPk = (app: string, shard: number): string => `${app}#s#${hex2(shard)}`;
export const recipientKey = (app: string, user: string) => ({ pk: shardPk(app, shardOf(user)), sk: user });
export const tokenOwnerKey = (app: string, hash: string) => ({ pk: `${app}#token#${hash}`, sk: "owner" });
/** Number of users, spread over 16 counters: only the number of walkers depends on it. */
export const userCountKey = (app: string, user: string) => ({
  pk: `${app}#count`,
  sk: hex2(shardOf(user) & 15),
});

export const notificationPk = (app: string, id: string): string => `${app}#n#${id}`;
export const headerKey = (app: string, id: string) => ({ pk: notificationPk(app, id), sk: "header" });
/** `place`: of the attempt that wrote it. */
export const bodyKey = (app: string, id: string, place: string | undefined, chunk: number) => ({
  pk: notificationPk(app, id),
  sk: `body#${place === undefined ? "" : `${place}#`}${String(chunk).padStart(3, "0")}`,
});
export const bucketPk = (app: string, id: string, bucket: number): string =>
  `${notificationPk(app, id)}#${bucket}`;
export const planRowKey = (app: string, id: string, bucket: number, startKey: string) => ({
  pk: bucketPk(app, id, bucket),
  sk: `plan#${startKey}`,
});
/** A climb of a page (core/ladder): apart from the plan rows, which are found by their order. */
export const climbRowKey = (app: string, id: string, bucket: number, startKey: string) => ({
  pk: bucketPk(app, id, bucket),
  sk: `climb#${startKey}`,
});
export const receiptKey = (app: string, id: string, bucket: number, user: string) => ({
  pk: bucketPk(app, id, bucket),
  sk: `receipt#${user}`,
});
/** How many people's devices told each event; apart from the bucket's jobs, which wait for nobody's receipts. */
export const toldKey = (app: string, id: string, bucket: number, part = 0) => ({
  pk: `${bucketPk(app, id, bucket)}#told${part === 0 ? "" : `.${part}`}`,
  sk: "told",
});
export const progressKey = (app: string, id: string, bucket: number) => ({
  pk: bucketPk(app, id, bucket),
  sk: "progress",
});
export const ledgerKey = (app: string, id: string, bucket: number, job: string) => ({
  pk: bucketPk(app, id, bucket),
  sk: `job#${job}`,
});

export const DUE_PARTITIONS = 16;
export const duePk = (partition: number): string => `due#${partition}`;
export const duePartition = (app: string, id: string): number =>
  Number.parseInt(sha256Hex(`${app}#${id}`).slice(0, 1), 16) % DUE_PARTITIONS;

export const timePk = (app: string, atMs: number): string =>
  `${app}#${new Date(atMs).toISOString().slice(0, 10)}`;
export const timeSk = (atMs: number, id: string): string => `${String(atMs).padStart(15, "0")}#${id}`;

export const APPS_PK = "_apps";
export const appKey = (app: string) => ({ pk: APPS_PK, sk: app });
/** Word that an app of this id was removed. */
export const removedAppKey = (app: string) => ({ pk: "_removed", sk: app });
export const apiKeyKey = (app: string, keyId: string) => ({ pk: app, sk: `key#${keyId}` });
export const switchKey = (app: string, what: string) => ({ pk: app, sk: `switch#${what}` });
/** Of the deployment, not of an app: the KMS key that was made at run time. */
export const madeKeyKey = { pk: "_credentialsKey", sk: "made" };
export const credentialsKey = (app: string, name: string) => ({ pk: app, sk: `credentials#${name}` });

/** Changes of an app's audience that jobs under way must know of, by quarter of an hour. */
export const RECENT_BUCKET_MS = 15 * 60_000;
/** When one of all environments last asked a silent provider. */
export const spentDayKey = (app: string, provider: string, kind: string) => ({
  pk: `day#${app}#${provider}#${kind}`,
});
export const probeKey = (app: string, provider: string) => ({ pk: `probe#${app}#${provider}` });

/** The hash alone: an erasure should not leave the user's id behind. */
export const erasureKey = (app: string, user: string) => ({ pk: `erased#${app}#${sha256Hex(user)}` });

/** By SNS's id of a text message. */
export const textOwnerKey = (message: string) => ({ pk: `text#${message}` });

/** When each provider was last found silent, of whatever app. */
export const silentKey = { pk: "silentProviders" };

/** `generation` counts the rows of one quarter of an hour, where one was not enough. */
export const recentKey = (app: string, atMs: number, generation = 0) => ({
  pk: `recent#${app}#${Math.floor(atMs / RECENT_BUCKET_MS)}${generation ? `#${generation}` : ""}`,
});

export const inboxPk = (app: string, user: string): string => `${app}#u#${user}`;
export const inboxHeadKey = (app: string, user: string) => ({ pk: inboxPk(app, user), sk: "head" });
export const inboxItemKey = (app: string, user: string, sequence: number) => ({
  pk: inboxPk(app, user),
  sk: `i#${String(sequence).padStart(12, "0")}`,
});
export const broadcastPk = (app: string): string => `${app}#b`;

export const connectionKey = (app: string, user: string, connection: string) => ({
  pk: shardPk(app, shardOf(user)),
  sk: `${user}#${connection}`,
});
