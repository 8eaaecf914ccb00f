import type { VendorSettings } from "../../core/credentials/vendor-settings.ts";
import type { VendorName } from "../../core/credentials/vendors.ts";
import type { Provider } from "../../core/dispatch/provider.ts";
import { dayBudget, withinBudget } from "../../providers/vendor/day-budget.ts";
import { CHINA_MS, DAY_MS } from "../../providers/vendor/day-quota.ts";
import type { VendorOptions } from "../../providers/vendor/options.ts";
import { vendorQuota } from "../../providers/vendor/rate.ts";
import { rateStore } from "../../storage/rates.ts";
import { tableOf } from "../clients.ts";
import type { CredentialsOf } from "../credentials.ts";

type Closable = Provider & { close(): void };
type Maker<P extends VendorName> = (options: VendorOptions<CredentialsOf<P>>) => Closable;

/** Most deployments use one or two of them: each is loaded by the first app that has it. */
const MAKERS: { [P in VendorName]: () => Promise<Maker<P>> } = {
  hms: async () => (await import("../../providers/hms/hms.ts")).hmsProvider,
  honor: async () => (await import("../../providers/honor/honor.ts")).honorProvider,
  mi: async () => (await import("../../providers/mi/mi.ts")).miProvider,
  oppo: async () => (await import("../../providers/oppo/oppo.ts")).oppoProvider,
  vivo: async () => (await import("../../providers/vivo/vivo.ts")).vivoProvider,
  meizu: async () => (await import("../../providers/meizu/meizu.ts")).meizuProvider,
  jpush: async () => (await import("../../providers/jpush/jpush.ts")).jpushProvider,
  getui: async () => (await import("../../providers/getui/getui.ts")).getuiProvider,
  umeng: async () => (await import("../../providers/umeng/umeng.ts")).umengProvider,
};

/** A vendor's provider with its rate; for an app that asks for receipts it knows where to. */
export async function vendorProvider<P extends VendorName>(
  name: P,
  options: VendorOptions<CredentialsOf<P>>,
): Promise<Closable> {
  const settings: VendorSettings = options.credentials;
  const quota = vendorQuota(name, settings);
  const budgets = budgetsOf(name, options, settings.perDay);
  const make = await MAKERS[name]();
  let url: string | undefined;
  const provider = make({ ...options, receiptUrl: () => url });
  return {
    ...provider,
    ...(quota && { quota: async () => quota }),
    async prepare(message) {
      // Asked for each job: the key it is made with may be rotated while the provider lives.
      if (settings.receipts) url = await urlFor(options.app, name);
      const prepared = await provider.prepare(message);
      const budget = budgets(message.category);
      return budget ? withinBudget(prepared, budget) : prepared;
    },
  };
}

/** The operator's limits of a day, by category; all environments count together. */
function budgetsOf(
  name: VendorName,
  { app, now }: { app: string; now(): number },
  perDay: Readonly<Record<string, number>> = {},
): (category: string) => ReturnType<typeof dayBudget> | undefined {
  const made = new Map<string, ReturnType<typeof dayBudget>>();
  return (category) => {
    const of = Object.hasOwn(perDay, category) ? category : "*";
    const most = Object.hasOwn(perDay, of) ? perDay[of] : undefined;
    if (most === undefined) return undefined;
    const lease = async (amount: number) => {
      const { lease: take } = rateStore(tableOf("guard"));
      const taken = await take(`day#${name}#${app}#${of}`, DAY_MS, amount, most, now() + CHINA_MS);
      return taken !== undefined;
    };
    const budget = made.get(of) ?? dayBudget({ most, lease, now });
    made.set(of, budget);
    return budget;
  };
}

async function urlFor(app: string, name: VendorName): Promise<string | undefined> {
  const { receiptUrl } = await import("../receipt-paths.ts");
  return receiptUrl(app, name);
}
