import { expect, it } from 'vitest';
import { imageOnNode, type ImageContainerSight } from './image-on-node.ts';

const image = 'quay.io/metallb/speaker:v0.16.9';
const waiting = (reason: string, message = ''): ImageContainerSight['state'] => ({ kind: 'waiting', reason, message });

it.each([
  [{ kind: 'unknown' }, { kind: 'awaited' }],
  [waiting('ContainerCreating'), { kind: 'awaited' }],
  [waiting(''), { kind: 'awaited' }],
  [waiting('OfALaterKubelet'), { kind: 'awaited' }],
  [{ kind: 'running' }, { kind: 'there' }],
  [{ kind: 'terminated', reason: 'StartError', message: 'no such file' }, { kind: 'there' }],
  [{ kind: 'terminated', reason: 'ContainerCannotRun', message: '' }, { kind: 'there' }],
  [{ kind: 'terminated', reason: '', message: '' }, { kind: 'there' }],
  [
    { kind: 'terminated', reason: 'ContainerStatusUnknown', message: 'The container could not be located' },
    { kind: 'failing', why: 'ContainerStatusUnknown: The container could not be located', isFinal: true },
  ],
  ...['Evicted', 'DeadlineExceeded', 'Preempting', 'Terminated'].map(
    (reason) =>
      [
        { kind: 'rejected', reason, message: '' },
        { kind: 'failing', why: reason, isFinal: true },
      ] as const,
  ),
  [waiting('CreateContainerError', 'no such file'), { kind: 'there' }],
  [waiting('RunContainerError'), { kind: 'there' }],
  [waiting('ErrImagePull', 'not found'), { kind: 'failing', why: 'ErrImagePull: not found', isFinal: false }],
  [waiting('ImagePullBackOff'), { kind: 'failing', why: 'ImagePullBackOff', isFinal: false }],
  [waiting('ErrImageNeverPull'), { kind: 'failing', why: 'ErrImageNeverPull', isFinal: true }],
  [waiting('InvalidImageName', 'x y'), { kind: 'failing', why: 'InvalidImageName: x y', isFinal: true }],
  [
    { kind: 'rejected', reason: 'OutOfpods', message: 'Node did not have enough resource' },
    { kind: 'failing', why: 'OutOfpods: Node did not have enough resource', isFinal: true },
  ],
] satisfies readonly (readonly [ImageContainerSight['state'], object])[])('%j', (state, on) => {
  expect(imageOnNode({ image, state })).toEqual(on);
});

it('cuts what a registry says, and shows nothing that moves a cursor', () => {
  const on = imageOnNode({ image, state: waiting('ErrImagePull', `\u001b[2J${'x'.repeat(1000)}`) });
  expect(on.kind === 'failing' && on.why.length).toBe(300);
  expect(JSON.stringify(on)).not.toContain('\\u001b');
});
