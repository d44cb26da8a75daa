/** The command line is wrong, as of `meshrs`: who asks again in the same way is answered in the same way. */
export const wrongUsage = 2;
