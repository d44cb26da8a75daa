/** What to do about a file of a generated ConfigMap, for the reader of its issues. */
export const adviceOfGenerated = { emptyFile: 'apply the generated ConfigMap again' } as const;
