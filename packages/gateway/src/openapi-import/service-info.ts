/** Reads what a document says of its service: `x-service-info`, or else its title. */
import { mapOf, shownSpec, type SpecMap, textOf } from './spec-document.ts';
import type { SpecReport } from './spec-problem.ts';

/** What is known of a service. */
export interface ServiceInfo {
  /** The beginning of the names of its upstreams and routes. */
  readonly id: string;
  readonly title: string;
  readonly version: string | undefined;
  /** Where its handlers are found, if they are in this process. */
  readonly module: string | undefined;
  readonly cors: unknown;
  /** What is not enabled gets no routes. */
  readonly isEnabled: boolean;
}

/** What is known of the service; nothing if `x-service-info` is missing where it must be there. */
export function readServiceInfo(
  document: SpecMap,
  report: SpecReport,
  isRequired: boolean,
): ServiceInfo | undefined {
  const own = mapOf(document['x-service-info']);
  if (!own && isRequired) return report.error('', 'Missing x-service-info in spec');
  const info = mapOf(document['info']) ?? {};
  const title = textOf(info['title']) ?? report.file;
  const id = nameOf(textOf(own?.['id']) ?? title);
  if (id === '') return report.error('/x-service-info/id', 'expected a name with letters in it');
  const enabled = own?.['enabled'] ?? true;
  if (typeof enabled !== 'boolean') {
    return report.error(
      '/x-service-info/enabled',
      `expected true or false, got ${shownSpec(enabled)}`,
    );
  }
  const { version } = info;
  return {
    id,
    title,
    version: typeof version === 'number' ? String(version) : textOf(version),
    module: textOf(own?.['module']),
    cors: own?.['cors'],
    isEnabled: enabled,
  };
}

/** A text as a name: letters, digits, ".", "_" and "-", of which the first two may begin it. */
export function nameOf(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/[^\w.-]+/g, '-')
    .replaceAll(/^[^A-Za-z\d]+|[^A-Za-z\d]+$/g, '')
    .slice(0, 100);
}
