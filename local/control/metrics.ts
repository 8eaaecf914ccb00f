/** Prometheus text from the EMF lines that functions log: counts add up, everything else shows its latest value. */

type EmfLine = Record<string, unknown> & {
  _aws: {
    CloudWatchMetrics: {
      Dimensions?: string[][];
      Metrics: { Name: string; Unit?: string }[];
    }[];
  };
};

type Series = { name: string; labels: string; kind: "counter" | "gauge"; value: number };

export type Metrics = { addLine(line: string): void; text(): string };

function parse(line: string): EmfLine | undefined {
  if (!line.startsWith("{") || !line.includes("CloudWatchMetrics")) return undefined;
  try {
    const value = JSON.parse(line) as Partial<EmfLine>;
    return Array.isArray(value._aws?.CloudWatchMetrics) ? (value as EmfLine) : undefined;
  } catch {
    // A log line that only looks like JSON is no metric.
    return undefined;
  }
}

function plainName(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^a-zA-Z0-9]+/g, "_")
    .toLowerCase();
}

function labelsOf(line: EmfLine, dimensions: string[][] | undefined): string {
  // Coarser sets can be added up again from the finest one.
  const [finest = []] = [...(dimensions ?? [])].sort((a, b) => b.length - a.length);
  const pairs = finest.map((name) => `${plainName(name)}=${JSON.stringify(String(line[name] ?? ""))}`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function numbersIn(value: unknown): number[] {
  return [value].flat().map(Number).filter(Number.isFinite);
}

function record(
  all: Map<string, Series>,
  name: string,
  labels: string,
  unit: string | undefined,
  values: number[],
) {
  const last = values.at(-1);
  if (last === undefined) return;
  const isCount = unit === "Count";
  const stem = `clarion_${plainName(name)}`;
  const fullName = isCount && !stem.endsWith("_total") ? `${stem}_total` : stem;
  const key = fullName + labels;
  const before = all.get(key)?.value ?? 0;
  const value = isCount ? before + values.reduce((sum, one) => sum + one, 0) : last;
  all.set(key, { name: fullName, labels, kind: isCount ? "counter" : "gauge", value });
}

function render(all: Iterable<Series>): string {
  const lines: string[] = [];
  const typed = new Set<string>();
  for (const { name, labels, kind, value } of [...all].sort((a, b) => a.name.localeCompare(b.name))) {
    if (!typed.has(name)) lines.push(`# TYPE ${name} ${kind}`);
    typed.add(name);
    lines.push(`${name}${labels} ${value}`);
  }
  return `${lines.join("\n")}\n`;
}

export function createMetrics(): Metrics {
  const all = new Map<string, Series>();
  return {
    addLine: (text) => {
      const line = parse(text);
      for (const directive of line?._aws.CloudWatchMetrics ?? []) {
        const labels = labelsOf(line as EmfLine, directive.Dimensions);
        for (const { Name, Unit } of directive.Metrics)
          record(all, Name, labels, Unit, numbersIn(line?.[Name]));
      }
    },
    text: () => render(all.values()),
  };
}
