/** What a person can choose for a run of the tests. */

/** Folder of other Postgres programs to run the tests on, or undefined for the embedded ones. */
export const testBinaries: string | undefined = process.env.GEMAAL_TEST_POSTGRES_BINARIES || undefined
