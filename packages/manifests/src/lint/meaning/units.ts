const binary = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const decimal = ['k', 'M', 'G', 'T', 'P', 'E'];

/** A Kubernetes quantity as a number, "128Mi" or 0.5 (Kubernetes API, "Quantity"); undefined for anything else. */
export function quantityOf(value: unknown): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined;
  const [, digits, suffix = ''] = /^(\d+(?:\.\d*)?|\.\d+)([a-zA-Z]*)$/.exec(String(value)) ?? [];
  const factor = factorOf(suffix);
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}

function factorOf(suffix: string): number | undefined {
  if (suffix === '') return 1;
  if (suffix === 'm') return 0.001;
  const [two, ten] = [binary.indexOf(suffix), decimal.indexOf(suffix)];
  if (two >= 0) return 1024 ** (two + 1);
  return ten >= 0 ? 1000 ** (ten + 1) : undefined;
}

const secondsOf: Readonly<Record<string, number>> = {
  h: 3600,
  m: 60,
  s: 1,
  ms: 0.001,
  us: 1e-6,
  µs: 1e-6,
  μs: 1e-6,
  ns: 1e-9,
};

/**
 * A Go duration in seconds, "1m30s", "+.5s" or "-9s" (Go, time.ParseDuration, as Kubernetes reads a Duration); undefined for anything
 * else, "90" too.
 */
export function durationOf(value: unknown): number | undefined {
  const [, sign = '', text = ''] = typeof value === 'string' ? (/^([+-]?)(.+)$/s.exec(value) ?? []) : [];
  if (text === '0') return 0;
  if (!/^((\d+(\.\d*)?|\.\d+)(h|m|s|ms|us|µs|μs|ns))+$/.test(text)) return undefined;
  const parts = text.matchAll(/(\d+(?:\.\d*)?|\.\d+)(ms|us|µs|μs|ns|h|m|s)/g);
  const seconds = [...parts].reduce((sum, [, digits, unit = 's']) => sum + Number(digits) * (secondsOf[unit] ?? 0), 0);
  // 64 bits of nanoseconds.
  if (seconds > 9_223_372_036) return undefined;
  return sign === '-' ? -seconds : seconds;
}
