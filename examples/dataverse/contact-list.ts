/** A code component as one writes it, without its page: it shows the contacts of an account, some at a time, and adds one. */

/** As much of `context.webAPI` as the component needs. */
export interface ContactListWebApi {
  retrieveMultipleRecords(
    entityType: string,
    options?: string,
    maxPageSize?: number,
  ): Promise<{ entities: Record<string, unknown>[]; nextLink: string }>;
  createRecord(entityType: string, data: Record<string, unknown>): Promise<{ id: string }>;
}

/** What there is to show. */
export class ContactList {
  names: string[] = [];
  message = '';
  readonly #webApi: ContactListWebApi;
  readonly #accountId: string;
  #next: string | undefined;

  constructor(webApi: ContactListWebApi, accountId: string) {
    this.#webApi = webApi;
    this.#accountId = accountId;
    this.#next = `?$select=fullname&$orderby=fullname&$filter=_parentcustomerid_value eq ${accountId}`;
  }

  /** Whether there are more to show. */
  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  /** Adds the next ones. */
  async showMore(): Promise<void> {
    if (this.#next === undefined) return;
    const page = await this.#webApi.retrieveMultipleRecords('contact', this.#next, 2);
    this.names.push(...page.entities.map(({ fullname }) => String(fullname)));
    const link: string | undefined = page.nextLink;
    this.#next = link && link.slice(link.indexOf('?'));
  }

  /** Adds a contact, or says why it could not. */
  async add(fullname: string): Promise<void> {
    try {
      await this.#webApi.createRecord('contact', {
        fullname,
        'parentcustomerid_account@odata.bind': `/accounts(${this.#accountId})`,
      });
      this.names.push(fullname);
    } catch (error) {
      this.message = (error as Error).message;
    }
  }
}
