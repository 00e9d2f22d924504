/** The house stands as planned: each law, over the whole repository. */
import { describe, expect, test } from 'vitest';
import { allPaths, type House, readFiles, readHouse } from './architecture/house.ts';
import * as importLaws from './architecture/import-laws.ts';
import * as manifestLaws from './architecture/manifest-laws.ts';
import * as placeLaws from './architecture/place-laws.ts';
import { PLAN } from './architecture/plan.ts';
import { saysNothingForbidden } from './architecture/wording-laws.ts';
import * as worldLaws from './architecture/world-laws.ts';

const house = readHouse();

const LAWS: readonly (readonly [string, (house: House) => readonly string[]])[] = [
  ['a package stands only on what the plan puts beneath it', importLaws.standsOnlyOnThePlan],
  ['imports go through front doors', importLaws.entersByFrontDoors],
  ['there are no circles among files', importLaws.hasNoCircles],
  ['the rooms of a kit have no corridors', importLaws.hasNoCorridors],
  ['there are no drawers', placeLaws.hasNoDrawers],
  ['names are in kebab-case', placeLaws.isKebabCase],
  ['every file begins by saying what it is for', placeLaws.saysWhatItIsFor],
  ['a folder is a family, and not in another folder', placeLaws.foldersAreFamilies],
  ['a front door is a list, and nobody inside enters it', placeLaws.frontDoorsAreLists],
  ['exports have names', placeLaws.exportsByName],
  ['Node is used only where planned', worldLaws.usesNodeOnlyWherePlanned],
  ['only the clock reads time and starts timers', worldLaws.readsTimeOnlyInTheClock],
  ['chance comes in as an option', worldLaws.throwsDiceOnlyByOption],
  ['a package declares what it imports, and nothing else', manifestLaws.declaresWhatItImports],
  ['manifests are alike', manifestLaws.manifestsAreAlike],
  ['entries lead to sources', manifestLaws.entriesLeadToSources],
  ['commands lead to sources', manifestLaws.commandsLeadToSources],
];

test.each(LAWS)('%s', (_, law) => {
  expect(law(house)).toEqual([]);
});

test('no file names a machine, a registry or something left undone', () => {
  const text = allPaths().filter((path) => !/\.(?:png|ico|woff2|gz|zip|wasm|pem)$/.test(path));
  expect(saysNothingForbidden(readFiles(text))).toEqual([]);
});

describe('the plan', () => {
  test('has only packages that stand on packages further down', () => {
    const floors = Object.keys(PLAN);
    const up = Object.entries(PLAN).flatMap(([name, { on }]) =>
      on
        .filter((below) => !floors.slice(0, floors.indexOf(name)).includes(below))
        .map((below) => `${name} -> ${below}`),
    );
    expect(up).toEqual([]);
  });

  test('is the table in ARCHITECTURE.md', () => {
    const [page] = readFiles(['ARCHITECTURE.md']);
    const rows = [...(page?.text ?? '').matchAll(/^\| `([\w-]+)` +\| ([\w, -]+?) +\|/gm)];
    const written = rows.map(([, name, on]) => [name, on === 'nothing' ? [] : on?.split(', ')]);
    expect(written).toEqual(Object.entries(PLAN).map(([name, { on }]) => [name, on]));
  });

  test('sees the files of every package', () => {
    const seen = new Set(house.sources.map(({ path }) => path.split('/').slice(0, 2).join('/')));
    for (const folder of Object.keys(house.manifests)) expect(seen).toContain(`packages/${folder}`);
  });
});
