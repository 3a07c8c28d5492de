/** How every list of the API is paged. */
export const pages = { by: 'nextLink', records: 'results', next: 'next', total: 'count', size: { param: 'pageSize', value: 500 } } as const
