import { POINTS } from "../contract/contract-points.ts";
import { type ContractSubject, leftOut, type PointName } from "../contract/contract-subject.ts";

/** A provider's contract test: its subject, and the text of the file that runs it. */
export type Contract = { name: string; subject: ContractSubject; source: string };

/** Points that there is no way around, whatever is at the other end. */
const EVERYBODYS: ReadonlySet<PointName> = new Set(["accepted", "outcomes", "partialBatch", "apart"]);
/** Fewer characters are no sentence. */
const LEAST_REASON = 20;

/** Whether a file calls one of the suites, at its top and not in a condition, with the subject of the file beside it. */
function runs({ name, source }: Contract, suites: readonly string[]): boolean {
  const call = new RegExp(`^(?:const \\{[\\w ,]+\\} = )?(?:${suites.join("|")})\\(subject\\);$`, "m");
  const own = new RegExp(`^import \\{[^}]*\\bsubject\\b[^}]*\\} from "\\./${name}-subject\\.ts";$`, "m");
  return call.test(source) && own.test(source);
}

/** What is missing in a provider's contract test; nothing where all is well. */
export function contractGaps(contract: Contract, suites: readonly string[]): string[] {
  const points = Object.keys(POINTS) as PointName[];
  const gaps = points.map((point) => gapOf(contract.subject, point)).filter((gap) => gap !== undefined);
  return runs(contract, suites) ? gaps : ["does not run the contract suite with its subject", ...gaps];
}

function gapOf(subject: ContractSubject, point: PointName): string | undefined {
  const { [point]: data } = subject.points;
  if (data === undefined) return `says nothing of ${point}`;
  if (Array.isArray(data) && data.length === 0) return `has nothing to try ${point} with`;
  const reason = leftOut(subject, point);
  if (reason === undefined) return undefined;
  if (EVERYBODYS.has(point)) return `leaves out ${point}, which is everybody's`;
  return reason.length < LEAST_REASON ? `gives no reason for ${point}` : undefined;
}
