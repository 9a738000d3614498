/** What CI runs. Another seed for every run would find more, and stop what is not to blame: `npm run test:adversarial` takes a new one each time. */
export const SEED = 20_261_126;
export const CASES = 5_000;
