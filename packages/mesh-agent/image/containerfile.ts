/** What a Containerfile says about how a container starts; the build of its files is the caller's work. */
export interface ImageConfig {
  readonly user: string;
  readonly workingDir: string;
  readonly stopSignal: string;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * Reads the instructions that the agent's Containerfile uses, so that a build without a container tool makes the same
 * image. An instruction that it does not know is an error, not a difference.
 */
export function readContainerfile(text: string, buildArguments: Readonly<Record<string, string>>): ImageConfig {
  let config: ImageConfig = { user: '', workingDir: '/', stopSignal: '', env: [], entrypoint: [], labels: {} };
  for (const line of instructionsOf(text)) {
    const [, name = '', rest = ''] = /^(\S+)\s+(.*)$/.exec(line) ?? [];
    const value = rest.replaceAll(/\$\{(\w+)\}/g, (_, key: string) => buildArguments[key] ?? '');
    config = apply(config, name.toUpperCase(), value, line);
  }
  return config;
}

function apply(config: ImageConfig, name: string, value: string, line: string): ImageConfig {
  switch (name) {
    // What to build on and what to copy: the caller knows both.
    case 'ARG':
    case 'FROM':
    case 'COPY':
      return config;
    case 'LABEL': {
      const [, key = '', text = ''] = /^([^=]+)="(.*)"$/.exec(value) ?? [];
      return { ...config, labels: { ...config.labels, [key]: text } };
    }
    case 'USER':
      return { ...config, user: value };
    case 'WORKDIR':
      return { ...config, workingDir: value };
    case 'STOPSIGNAL':
      return { ...config, stopSignal: value };
    case 'ENV':
      return { ...config, env: [...config.env, value] };
    case 'ENTRYPOINT':
      return { ...config, entrypoint: JSON.parse(value) as string[] };
    default:
      throw new Error(`The Containerfile has an instruction that the local build does not know: ${line}`);
  }
}

function instructionsOf(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
}
