import { turnBounds, turnKind, turnWords } from '@meshrs/contract';
import type { CustomResourceDefinition } from '../kubernetes/admission-types.ts';
import { partOf } from '../metadata.ts';
import { celText } from './cel.ts';

/*
 * The kind of the policies' parameter. One of our own, and neither a ConfigMap nor a Lease: of a built-in kind that no
 * binding has named for a second the API server keeps a copy that never changes again (kubernetes issue 130887).
 */

const closed = celText(turnWords.closed);
const label = '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$';
/** One line: what others wrote is shown in messages, which have one. */
const oneLine = String.raw`^[^\x00-\x1f\x7f\x{85}\x{2028}\x{2029}]*$`;

export function turnDefinition(): CustomResourceDefinition {
  const { group, version, kind, listKind, plural, singular } = turnKind;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: partOf },
    spec: {
      group,
      scope: 'Cluster',
      names: { kind, listKind, plural, singular },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          additionalPrinterColumns: [
            { name: 'Open', type: 'string', jsonPath: '.spec.open' },
            { name: 'Until', type: 'string', jsonPath: '.spec.until' },
            { name: 'By', type: 'string', jsonPath: '.spec.by' },
            { name: 'Reason', type: 'string', jsonPath: '.spec.reason' },
          ],
          schema: {
            openAPIV3Schema: {
              type: 'object',
              description: 'Which side of a fleet of route servers may change now. Without a spec none may.',
              properties: { spec },
            },
          },
        },
      ],
    },
  };
}

const spec = {
  type: 'object',
  required: ['open', 'by'],
  properties: {
    open: {
      type: 'string',
      minLength: 1,
      maxLength: turnBounds.side,
      pattern: label,
      description: `The side that is open; "${turnWords.closed}"; or "${turnWords.all}".`,
    },
    revision: {
      type: 'string',
      minLength: 1,
      maxLength: turnBounds.revision,
      pattern: label,
      description: 'What the side becomes in this turn: the annotation meshrs.dev/side-revision of its objects.',
    },
    until: {
      type: 'string',
      minLength: 1,
      maxLength: turnBounds.until,
      format: 'date-time',
      description: 'When the turn ends at the latest.',
    },
    by: {
      type: 'string',
      minLength: 1,
      maxLength: turnBounds.by,
      pattern: oneLine,
      description: "The API server's name of who wrote this.",
    },
    reason: {
      type: 'string',
      maxLength: turnBounds.reason,
      pattern: oneLine,
      description: 'Why, in words.',
    },
    nodes: {
      type: 'array',
      maxItems: turnBounds.nodes,
      'x-kubernetes-list-type': 'set',
      items: { type: 'string', minLength: 1, maxLength: turnBounds.node },
      description: 'The nodes of the open side.',
    },
  },
  'x-kubernetes-validations': [
    {
      rule: `self.open == ${closed} || (has(self.until) && has(self.reason) && self.reason.matches('[^ ]'))`,
      message: 'whoever opens says until when and why',
      reason: 'FieldValueForbidden',
    },
    {
      rule: `self.open == oldSelf.open || self.open == ${closed} || oldSelf.open == ${closed}`,
      message: `from one side to another only through "${turnWords.closed}"`,
      reason: 'FieldValueForbidden',
    },
  ],
};
