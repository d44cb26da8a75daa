/**
 * The JSON form of a class of @kubernetes/client-node: plain readonly data. The classes carry static members, dates
 * and renamed properties (`_from` for `from`), which no YAML has.
 */
export type Plain<T> = T extends Date
  ? string
  : T extends readonly (infer Element)[]
    ? readonly Plain<Element>[]
    : T extends object
      ? { readonly [Key in keyof T as Key extends `_${infer Name}` ? Name : Key]: Plain<T[Key]> }
      : T;
