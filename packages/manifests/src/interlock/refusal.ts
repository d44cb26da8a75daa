import { asker, isUpdate, oldName } from './requests.ts';

/** CEL: who cannot do what with which object. */
export function refusal(what: string, ofSide = ''): string {
  const verb = `(${isUpdate} ? 'changed' : 'deleted')`;
  return `${what} + ' ' + ${oldName}${ofSide} + ' cannot be ' + ${verb} + ' by ' + ${asker} + ': '`;
}
