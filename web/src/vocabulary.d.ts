// The words of the API's vocabulary, one module a list: see build/vocabulary.ts.
declare module 'vocabulary:*' {
  const labels: import('./lib/words').Labels;
  export default labels;
}

declare module 'vocabulary-descriptions:*' {
  const descriptions: import('./lib/words').Labels;
  export default descriptions;
}

declare module 'vocabulary-lists:*' {
  const lists: import('./lib/words').Labels;
  export default lists;
}
