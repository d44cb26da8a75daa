/**
 * How many times longer whatever waits for something in a test may wait in a run of all tests, beside labs on two processors. A wait
 * that comes to its end takes no longer by that; what takes a time by its meaning (`waitWithin`) has that time.
 */
export const patience = process.env['CI'] === undefined ? 1 : 3;
