import type { VendorSettings } from "../../core/credentials/vendor-settings.ts";
import type { VendorName } from "../../core/credentials/vendors.ts";
import type { Provider } from "../../core/dispatch/provider.ts";
import type { VendorOptions } from "../../providers/vendor/options.ts";
import { vendorQuota } from "../../providers/vendor/rate.ts";
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
  const make = await MAKERS[name]();
  let url: string | undefined;
  const provider = make({ ...options, receiptUrl: () => url });
  return {
    ...provider,
    ...(quota && { quota: async () => quota }),
    async prepare(message) {
      // Asked for each job: the key it is made with may be rotated while the provider lives.
      if (settings.receipts) url = await urlFor(options.app, name);
      return provider.prepare(message);
    },
  };
}

async function urlFor(app: string, name: VendorName): Promise<string | undefined> {
  const { receiptUrl } = await import("../receipt-paths.ts");
  return receiptUrl(app, name);
}
