/** Holds the keys of one route against each other: it has one answer, and nothing that this answer could not use. */
import { nearest } from '@interpose/kernel/options';
import type { RouteConfig } from '../gateway-config.ts';
import { namesIn } from '../routing/path-template.ts';
import { redirectTarget } from '../routing/redirect.ts';
import type { Report } from './problem.ts';
import { beginsWith, pathFault, pathForm } from './route-path.ts';
import { type MapNode, shown, type SourceNode } from './source.ts';

/** The keys of which a route has one. */
const ANSWERS = ['upstream', 'split', 'handler', 'redirect', 'respond'] as const;
/** What other keys are for, and so what they have a meaning beside. */
const BESIDE: Readonly<Record<string, readonly string[]>> = {
  canary: ['upstream', 'split'],
  sticky: ['split', 'canary'],
  rewrite: ['upstream', 'split'],
  stripPrefix: ['upstream', 'split', 'handler'],
  mirror: ['upstream', 'split'],
};

const listed = (words: readonly string[], last: string): string =>
  words
    .map((word) => `"${word}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ` ${last} $1`);

/** Takes down what does not go together in a route. */
export function checkAnswer(node: SourceNode, route: Partial<RouteConfig>, report: Report): void {
  if (node.kind !== 'map') return;
  checkOne(node, report);
  const has = (key: string): boolean => node.entries.has(key);
  const answer = ANSWERS.find(has);
  for (const [key, wanted] of Object.entries(BESIDE)) {
    const value = node.entries.get(key)?.value;
    if (!value || !answer || wanted.some(has)) continue;
    const message = `"${key}" has no meaning for a route with "${answer}"`;
    const only =
      key === 'sticky' ? `${message} alone; it goes with ${listed(wanted, 'or')}` : message;
    report.error('badValue', value, only);
  }
  checkPaths(node, route, report);
}

function checkOne(node: MapNode, report: Report): void {
  const answers = ANSWERS.filter((key) => node.entries.has(key));
  const wanted = `one of ${listed(ANSWERS, 'and')}`;
  if (answers.length > 1) {
    const second = node.entries.get(answers[1] ?? '')?.value ?? node;
    report.error('oneOfTwo', second, `a route has ${wanted}, got ${listed(answers, 'and')}`);
  } else if (answers.length === 0 && !isMisspelt(node)) {
    report.error('oneOfTwo', node, `a route needs ${wanted}, got none`);
  }
}

/** True if a key looks like one of them, which has been said already. */
function isMisspelt({ entries }: MapNode): boolean {
  return [...entries.keys()].some(
    (key) => !OTHERS.has(key) && nearest(key, [...ANSWERS]) !== undefined,
  );
}

const OTHERS = new Set(['name', 'path', 'methods', 'host', 'match', 'plugins', 'sticky', 'mirror']);

function checkPaths(node: MapNode, route: Partial<RouteConfig>, report: Report): void {
  const { path, stripPrefix, rewrite, redirect } = route;
  if (path === undefined || pathFault(path)) return;
  const strip = node.entries.get('stripPrefix')?.value;
  if (strip && stripPrefix !== undefined && !beginsWith(path, stripPrefix)) {
    const message = `expected a beginning of the path ${shown(node.entries.get('path')?.value ?? node)}, got ${shown(strip)}`;
    report.error('badValue', strip, message);
  }
  const rewritten = childOf(node, 'rewrite', 'path');
  if (rewritten && rewrite?.path !== undefined) {
    checkNames(rewritten, { path, template: rewrite.path, report });
    const other = childOf(node, 'rewrite', 'prefix') ?? strip;
    if (other) {
      report.error('badValue', other, '"path" of "rewrite" says already what the whole path is');
    }
  }
  const to = childOf(node, 'redirect', 'to');
  if (to && redirect?.to !== undefined) checkRedirect(to, { route, path, to: redirect.to, report });
}

function checkRedirect(
  node: SourceNode,
  of: { route: Partial<RouteConfig>; path: string; to: string; report: Report },
): void {
  const { path, report, route } = of;
  const { origin, path: template } = redirectTarget(of.to);
  const isSame = origin === '' && pathForm(template) === pathForm(path);
  if (!checkNames(node, { path, template, report }) || !isSame) return;
  // With these the request that follows may be another route's.
  if (!route.methods && !route.match) {
    report.error('badValue', node, 'it leads back to this route, for ever');
  }
}

function childOf(node: MapNode, key: string, inner: string): SourceNode | undefined {
  const child = node.entries.get(key)?.value;
  return child?.kind === 'map' ? child.entries.get(inner)?.value : undefined;
}

/** A template can only have what the path of the route has caught; false if it has more. */
function checkNames(
  node: SourceNode,
  { path, template, report }: { path: string; template: string; report: Report },
): boolean {
  if (pathFault(template)) return false;
  const known = namesIn(path);
  const unknown = namesIn(template).filter((name) => !known.includes(name));
  const listedNames = known.map(written).join(', ') || 'nothing of the kind';
  for (const name of unknown) {
    const message = `${written(name)} is not in the path of the route, which has ${listedNames}`;
    report.error('badValue', node, message);
  }
  return unknown.length === 0;
}

const written = (name: string): string => (name === '*' ? '"*"' : `":${name}"`);
