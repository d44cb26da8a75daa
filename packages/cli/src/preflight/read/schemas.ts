import { z } from 'zod';

/*
 * What is read of each answer, and no more: of Secrets no value leaves its schema.
 */

const texts = z.record(z.string(), z.string()).default({});
export const metadata = z.object({
  name: z.string(),
  namespace: z.string().default(''),
  labels: texts,
  annotations: texts,
});
export type Metadata = z.output<typeof metadata>;

function listOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item) });
}

export const version = z.object({ gitVersion: z.string() });
export const resources = z.object({ resources: z.array(z.object({ name: z.string() })) });

export const nodes = listOf(
  z.object({
    metadata,
    spec: z
      .object({
        unschedulable: z.boolean().default(false),
        podCIDRs: z.array(z.string()).default([]),
        taints: z.array(z.object({ key: z.string(), value: z.string().optional(), effect: z.string() })).default([]),
      })
      .prefault({}),
    status: z
      .object({
        conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
        nodeInfo: z.object({ kubeletVersion: z.string().default('') }).prefault({}),
        images: z.array(z.object({ names: z.array(z.string()).nullish() })).default([]),
      })
      .prefault({}),
  }),
);

export const namespace = z.object({
  metadata: metadata.extend({ deletionTimestamp: z.string().optional() }),
  status: z.object({ phase: z.string().optional() }).prefault({}),
});

export const named = listOf(z.object({ metadata }));

export const turns = listOf(z.object({ metadata, spec: z.object({ open: z.string().optional() }).prefault({}) }));

const container = z.object({
  name: z.string(),
  image: z.string().default(''),
  command: z.array(z.string()).default([]),
  args: z.array(z.string()).default([]),
  env: z
    .array(
      z.object({
        name: z.string(),
        value: z.string().optional(),
        valueFrom: z.object({ configMapKeyRef: z.object({ key: z.string() }).optional() }).optional(),
      }),
    )
    .default([]),
});

export const workloads = listOf(
  z.object({
    metadata,
    spec: z.object({
      template: z.object({
        spec: z.object({ serviceAccountName: z.string().optional(), containers: z.array(container) }),
      }),
    }),
  }),
);

export const pools = listOf(
  z.object({ metadata, spec: z.object({ addresses: z.array(z.string()).default([]) }).prefault({}) }),
);

export const serviceCidrs = listOf(z.object({ spec: z.object({ cidrs: z.array(z.string()) }) }));
export const service = z.object({ spec: z.object({ clusterIPs: z.array(z.string()).default([]) }) });

export const configMap = z.object({
  metadata: metadata.extend({
    managedFields: z
      .array(
        z.object({
          time: z.string().optional(),
          fieldsV1: z.object({ 'f:data': z.record(z.string(), z.unknown()).optional() }).optional(),
        }),
      )
      .default([]),
  }),
  data: texts,
});

export const kubeProxy = z.object({
  mode: z.string().nullish(),
  ipvs: z.object({ strictARP: z.boolean().nullish() }).nullish(),
});

const secretKey = z.base64().transform((written) => {
  const value = Buffer.from(written, 'base64');
  return { isEmpty: value.length === 0, endsALine: value.at(-1) === 0x0a || value.at(-1) === 0x0d };
});
export const secret = z.object({
  type: z.string().default('Opaque'),
  data: z.record(z.string(), secretKey).default({}),
});

/** Of a token no more than who it says that it is; it is not verified here. */
const subject = z.object({ sub: z.string() });
function nameIn(token: string): string | undefined {
  const read = subject.safeParse(json(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()));
  return read.success ? read.data.sub : undefined;
}

function json(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const decoded = z.base64().transform((written) => Buffer.from(written, 'base64').toString());
const clusterConfig = z.object({
  username: z.string().default(''),
  password: z.string().default(''),
  bearerToken: z.string().default(''),
});
/** Of the cluster in which Argo CD runs it reads no other access (argo-cd, pkg/apis/application/v1alpha1, RawRestConfig). */
const clusterAccess = decoded.transform((text) => {
  const read = clusterConfig.safeParse(json(text));
  if (!read.success) return { by: 'user', name: undefined } as const;
  const { username, password, bearerToken } = read.data;
  if (bearerToken !== '') return { by: 'user', name: nameIn(bearerToken) } as const;
  return username === '' && password === ''
    ? ({ by: 'own' } as const)
    : ({ by: 'user', name: username === '' ? undefined : username } as const);
});
export const clusterSecrets = listOf(
  z.object({
    metadata,
    data: z.object({ server: decoded.default(''), config: clusterAccess.default({ by: 'own' }) }).prefault({}),
  }),
);

export const projects = listOf(
  z.object({
    metadata,
    spec: z
      .object({
        destinations: z
          .array(
            z.object({
              server: z.string().default(''),
              name: z.string().default(''),
              namespace: z.string().default(''),
            }),
          )
          .nullish()
          .transform((destinations) => destinations ?? []),
      })
      .prefault({}),
  }),
);

export const webhooks = listOf(
  z.object({
    metadata,
    webhooks: z
      .array(
        z.object({
          name: z.string(),
          rules: z
            .array(
              z.object({
                apiGroups: z.array(z.string()).default([]),
                operations: z.array(z.string()).default([]),
                resources: z.array(z.string()).default([]),
              }),
            )
            .default([]),
        }),
      )
      .default([]),
  }),
);

export const pods = listOf(
  z.object({
    metadata,
    status: z
      .object({
        containerStatuses: z
          .array(
            z.object({
              state: z.object({ running: z.object({ startedAt: z.string() }).optional() }).prefault({}),
            }),
          )
          .default([]),
      })
      .prefault({}),
  }),
);

const containerNames = z.array(z.object({ name: z.string() })).default([]);
export const pod = z.object({ spec: z.object({ containers: containerNames, initContainers: containerNames }) });

export const endpointSlice = z.object({
  endpoints: z
    .array(z.object({ addresses: z.array(z.string()) }))
    .nullish()
    .transform((endpoints) => endpoints ?? []),
});
export const leases = listOf(z.object({ spec: z.object({ renewTime: z.string().optional() }).prefault({}) }));

export const review = z.object({ status: z.object({ allowed: z.boolean() }) });
export const anything = z.unknown();
