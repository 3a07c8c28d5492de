/** What a person can choose for a run of the tests. */

/** Folder of other Postgres programs to run the tests on, or undefined for the embedded ones. */
export const testBinaries: string | undefined = process.env.GEMAAL_TEST_POSTGRES_BINARIES || undefined

/** Seed of the tests that choose moments at random; another one each time unless it is given. */
export const testSeed: number = Number(process.env.GEMAAL_TEST_SEED) || Math.floor(Math.random() * 1e9)
