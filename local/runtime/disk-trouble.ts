/** Failures of the disk under the state folder, told from all others. */

/** EEXIST: a file stands where a folder should. */
const CODES = new Set(["ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EFBIG", "EIO", "ENOTDIR", "EEXIST"]);
/** What SQLite says, in this process and through the DynamoDB engine. */
const SAID =
  /database or disk is full|disk I\/O error|write a readonly database|unable to open database file|no space left/i;

/** A sentence when the error says that the disk does not take what is written. */
export function diskTrouble(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as { code?: unknown };
  if (!CODES.has(String(code)) && !SAID.test(error.message)) return undefined;
  return `the disk does not take what is written (${error.message})`;
}
