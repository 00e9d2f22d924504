/** MOST_ON_PAGE: how many records come at once. */

/** How many records a page has at most, and how many of all that there are can be counted. */
export const MOST_ON_PAGE = 5000;
