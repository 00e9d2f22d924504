/** FetchExpression: a query as FetchXML, for RetrieveMultiple. */

/** A query as FetchXML. */
export class FetchExpression {
  query: string;

  constructor(query: string) {
    this.query = query;
  }
}
