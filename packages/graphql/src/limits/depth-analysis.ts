/** How deep the operations of a document go. Each fragment is gone through once, wherever and however often it is spread. */
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf, isIntrospection, isLeftOut } from './selections.ts';

/** How many fields lie one in the other at most: those of the data, and those of the schema. */
export interface Heights {
  readonly data: number;
  readonly introspection: number;
}

/** Which of the two a field counts as, and how many are further out. */
interface Place {
  readonly depth: number;
  readonly kind: keyof Heights;
}

interface Spread extends Place {
  readonly fragment: string;
}

/** What stands in a fragment or an operation itself, and what it spreads. */
interface Local extends Heights {
  readonly spreads: readonly Spread[];
}

const GROUND: Place = { depth: 0, kind: 'data' };
const NONE: Heights = { data: 0, introspection: 0 };
const ENDLESS: Heights = { data: Infinity, introspection: Infinity };

/** The analysis of one document. */
export class DepthAnalysis {
  /** How many selections were looked at. */
  visits = 0;
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #isIgnored: (fieldName: string) => boolean;
  readonly #locals = new Map<string, Local>();
  readonly #heights = new Map<string, Heights>();

  constructor(document: DocumentNode, isIgnored: (fieldName: string) => boolean) {
    this.#fragments = fragmentsOf(document);
    this.#isIgnored = isIgnored;
  }

  /** How deep an operation goes; `Infinity` if it spreads a fragment in itself. */
  heightsOf(operation: OperationDefinitionNode): Heights {
    const local = this.#localOf(operation.selectionSet);
    for (const { fragment } of local.spreads) this.#measure(fragment);
    return this.#total(local);
  }

  /** The first field that lies deeper than a limit, if there is one. */
  firstBeyond(
    operation: OperationDefinitionNode,
    limit: number,
    kind: keyof Heights,
  ): FieldNode | undefined {
    let set: SelectionSetNode | undefined = operation.selectionSet;
    let base = GROUND;
    const seen = new Set<string>();
    while (set) {
      let beyond: FieldNode | undefined;
      const { spreads } = this.#scan(set, base, (field, place) => {
        if (place.kind === kind && place.depth > limit) beyond ??= field;
      });
      if (beyond) return beyond;
      const further: Spread | undefined = spreads.find(
        (spread) => !seen.has(spread.fragment) && this.#behind(spread)[kind] > limit,
      );
      if (!further) return undefined;
      seen.add(further.fragment);
      set = this.#fragments.get(further.fragment)?.selectionSet;
      base = further;
    }
    return undefined;
  }

  /** Fills in the heights of a fragment and of all that it spreads, those further in first; without recursion, as chains may be long. */
  #measure(name: string): void {
    const open = [name];
    const entered = new Set<string>();
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      if (this.#heights.has(top)) {
        open.pop();
        continue;
      }
      const local = this.#localOfFragment(top);
      if (entered.has(top)) {
        this.#heights.set(top, this.#total(local));
        open.pop();
        continue;
      }
      entered.add(top);
      for (const { fragment } of local.spreads) {
        if (this.#heights.has(fragment)) continue;
        // What was entered and has no heights yet is further out: it spreads itself.
        if (entered.has(fragment)) this.#heights.set(fragment, ENDLESS);
        else open.push(fragment);
      }
    }
  }

  #localOfFragment(name: string): Local {
    let local = this.#locals.get(name);
    if (!local) {
      const fragment = this.#fragments.get(name);
      local = fragment ? this.#localOf(fragment.selectionSet) : { ...NONE, spreads: [] };
      this.#locals.set(name, local);
    }
    return local;
  }

  #localOf(set: SelectionSetNode): Local {
    let [data, introspection] = [0, 0];
    const { spreads } = this.#scan(set, GROUND, (_field, { depth, kind }) => {
      if (kind === 'data') data = Math.max(data, depth);
      else introspection = Math.max(introspection, depth);
    });
    return { data, introspection, spreads };
  }

  /** Tells of each field in a set and in the sets in it, and gives what they spread. */
  #scan(
    set: SelectionSetNode,
    base: Place,
    onField: (field: FieldNode, place: Place) => void,
  ): { readonly spreads: readonly Spread[] } {
    const spreads: Spread[] = [];
    const open: { set: SelectionSetNode; place: Place }[] = [{ set, place: base }];
    for (let top = open.pop(); top; top = open.pop()) {
      const { place } = top;
      for (const selection of top.set.selections) {
        this.visits++;
        if (isLeftOut(selection)) continue;
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          spreads.push({ depth: place.depth, kind: place.kind, fragment: selection.name.value });
        } else if (selection.kind === Kind.INLINE_FRAGMENT) {
          open.push({ set: selection.selectionSet, place });
        } else {
          const inner = this.#placeOf(selection.name.value, place);
          if (!inner) continue;
          onField(selection, inner);
          if (selection.selectionSet) open.push({ set: selection.selectionSet, place: inner });
        }
      }
    }
    return { spreads };
  }

  #placeOf(fieldName: string, { depth, kind }: Place): Place | undefined {
    if (fieldName === '__typename') return undefined;
    if (kind === 'data') {
      if (isIntrospection(fieldName)) return { depth: 1, kind: 'introspection' };
      if (this.#isIgnored(fieldName)) return undefined;
    }
    return { depth: depth + 1, kind };
  }

  #total({ data, introspection, spreads }: Local): Heights {
    const total = { data, introspection };
    for (const spread of spreads) {
      const behind = this.#behind(spread);
      total.data = Math.max(total.data, behind.data);
      total.introspection = Math.max(total.introspection, behind.introspection);
    }
    return total;
  }

  /** How deep it goes through a spread, from the ground. */
  #behind({ fragment, depth, kind }: Spread): Heights {
    const heights = this.#heights.get(fragment) ?? NONE;
    if (kind === 'data') {
      const data = heights.data === 0 ? 0 : depth + heights.data;
      return { data, introspection: heights.introspection };
    }
    const most = Math.max(heights.data, heights.introspection);
    return { data: 0, introspection: depth + most };
  }
}
