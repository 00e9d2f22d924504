/** RelationshipMetadata: how records of tables belong to each other. */

/** What happens to the records on the other side. */
export type CascadeType =
  | 'NoCascade'
  | 'Cascade'
  | 'Active'
  | 'UserOwned'
  | 'RemoveLink'
  | 'Restrict';

/** What happens to referencing records when something happens to the one that they refer to. */
export interface CascadeConfiguration {
  /** @default 'NoCascade' */
  readonly assign?: CascadeType;
  /** @default 'RemoveLink' */
  readonly delete?: CascadeType;
  /** @default 'NoCascade' */
  readonly merge?: CascadeType;
  /** @default 'NoCascade' */
  readonly reparent?: CascadeType;
  /** @default 'NoCascade' */
  readonly share?: CascadeType;
  /** @default 'NoCascade' */
  readonly unshare?: CascadeType;
}

/** Many records refer to one by a column. */
export interface OneToManyRelationshipMetadata {
  readonly kind: 'OneToMany';
  readonly schemaName: string;
  /** The table whose records have the column. */
  readonly referencingEntity: string;
  readonly referencingAttribute: string;
  /** The table whose records are referred to. */
  readonly referencedEntity: string;
  /** @default the id of the table */
  readonly referencedAttribute?: string;
  readonly cascade?: CascadeConfiguration;
  /** The name of the column as the Web API navigates it. @default the name of the column */
  readonly navigationProperty?: string;
  /** The name of the list on the other side. @default the name of the relationship */
  readonly collectionNavigationProperty?: string;
  readonly isHierarchical?: boolean;
}

/** Records of two tables belong to each other by rows of a third. */
export interface ManyToManyRelationshipMetadata {
  readonly kind: 'ManyToMany';
  readonly schemaName: string;
  readonly entity1LogicalName: string;
  /** The column of the third table. @default the id of the table */
  readonly entity1IntersectAttribute?: string;
  readonly entity2LogicalName: string;
  readonly entity2IntersectAttribute?: string;
  readonly intersectEntityName: string;
  readonly entity1NavigationProperty?: string;
  readonly entity2NavigationProperty?: string;
}

/** Either kind. */
export type RelationshipMetadata = OneToManyRelationshipMetadata | ManyToManyRelationshipMetadata;
