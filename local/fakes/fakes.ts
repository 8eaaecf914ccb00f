import { type FakeApns, startFakeApns } from "./apns.ts";
import { FAKE_HOSTS, makeCertificates } from "./certificates.ts";
import { createFaults, type Faults, type VendorFakeName } from "./faults.ts";
import { type FakeFcm, startFakeFcm } from "./fcm.ts";
import type { FakeVendor } from "./vendor.ts";
import { startFakeVendors } from "./vendors.ts";
import { type FakeWebhook, startFakeWebhook } from "./webhook.ts";
import { type FakeWebPush, startFakeWebPush } from "./webpush.ts";

export type { Fault } from "./faults.ts";

/** The providers, on this machine. */
export type Fakes = {
  /** Host -> address: where functions find the providers instead of in public DNS (CLARION_EGRESS). */
  egress: Record<string, string>;
  /** What a function must trust (NODE_EXTRA_CA_CERTS). */
  caFile: string;
  apns: FakeApns;
  fcm: FakeFcm;
  webpush: FakeWebPush;
  webhook: FakeWebhook;
  faults: Faults;
  close(): Promise<void>;
} & Record<VendorFakeName, FakeVendor>;

/** Starts all fakes on free ports; `folder` takes their certificate. */
export async function startFakes(options: { clock?: { now(): number }; folder: string }): Promise<Fakes> {
  const now = () => options.clock?.now() ?? Date.now();
  const faults = createFaults(now);
  const certificates = await makeCertificates(options.folder);
  const common = { certificates, faults, now };
  const [apns, fcm, webpush, webhook, vendors] = await Promise.all([
    startFakeApns(common),
    startFakeFcm(common),
    startFakeWebPush(common),
    startFakeWebhook(common),
    startFakeVendors(common),
  ]);
  const servers = { apns, fcm, webpush, webhook, ...vendors };
  const egress = Object.fromEntries(
    Object.entries(FAKE_HOSTS).flatMap(([name, hosts]) =>
      hosts.map((host) => [host, `127.0.0.1:${servers[name as keyof typeof servers].port}`]),
    ),
  );
  return {
    egress,
    caFile: certificates.caFile,
    ...servers,
    faults,
    close: async () => {
      await Promise.all(Object.values(servers).map((server) => server.close()));
    },
  };
}
