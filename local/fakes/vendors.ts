import { VENDOR_FAKES, type VendorFakeName } from "./faults.ts";
import { hmsShape } from "./hms.ts";
import { type FakeVendor, startFakeVendor, type VendorShape } from "./vendor.ts";

const SHAPES: Record<VendorFakeName, VendorShape> = {
  hms: hmsShape,
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
