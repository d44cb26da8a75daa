/** The FRR that the project is tried with, and the one that runs where a topology names no other image. */
export const frrVersion = '10.7.1';
