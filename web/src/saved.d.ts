declare module 'virtual:saved-questions' {
  const heads: readonly { name: string; zh: string; en: string; view?: string }[];
  export default heads;
}
