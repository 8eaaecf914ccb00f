import { VENDOR_FAKES, type VendorFakeName } from "./faults.ts";
import { getuiShape } from "./getui.ts";
import { hmsShape } from "./hms.ts";
import { honorShape } from "./honor.ts";
import { jpushShape } from "./jpush.ts";
import { meizuShape } from "./meizu.ts";
import { miShape } from "./mi.ts";
import { oppoShape } from "./oppo.ts";
import { umengShape } from "./umeng.ts";
import { type FakeVendor, startFakeVendor, type VendorShape } from "./vendor.ts";
import { vivoShape } from "./vivo.ts";

const SHAPES: Record<VendorFakeName, VendorShape> = {
  hms: hmsShape,
  vivo: vivoShape,
  oppo: oppoShape,
  mi: miShape,
  honor: honorShape,
  meizu: meizuShape,
  jpush: jpushShape,
  getui: getuiShape,
  umeng: umengShape,
};

/** All fakes of vendors that take many targets in one request, by name. */
export async function startFakeVendors(
  options: Parameters<typeof startFakeVendor>[1],
): Promise<Record<VendorFakeName, FakeVendor>> {
  const started = await Promise.all(
    VENDOR_FAKES.map(async (name) => [name, await startFakeVendor(SHAPES[name], options)] as const),
  );
  return Object.fromEntries(started) as Record<VendorFakeName, FakeVendor>;
}
