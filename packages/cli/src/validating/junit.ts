import { DOMParser, type Element } from '@xmldom/xmldom';

/** What a JUnit report says of one case. */
export interface JunitCase {
  /** "StatefulSet@apps/v1", as kubeconform fills it. */
  readonly className: string;
  /** "meshrr/routeserver-a". */
  readonly name: string;
  readonly status: 'passed' | 'failed' | 'skipped';
  readonly message: string;
}

/** Reads a JUnit report. Throws an Error when it is none. */
export function readJunit(xml: string): JunitCase[] {
  const document = new DOMParser({
    onError: (level, message) => {
      throw new Error(`not a JUnit report (${level}): ${message}`);
    },
  }).parseFromString(xml, 'text/xml');
  return [...document.getElementsByTagName('testcase')].map((element) => {
    const [fault] = ['failure', 'error'].flatMap((name) => children(element, name));
    const [skipped] = children(element, 'skipped');
    const status = fault ? 'failed' : skipped ? 'skipped' : 'passed';
    return {
      className: element.getAttribute('classname') ?? '',
      name: element.getAttribute('name') ?? '',
      status,
      message: fault?.getAttribute('message') ?? skipped?.getAttribute('message') ?? '',
    };
  });
}

function children(element: Element, name: string): Element[] {
  return [...element.getElementsByTagName(name)];
}
