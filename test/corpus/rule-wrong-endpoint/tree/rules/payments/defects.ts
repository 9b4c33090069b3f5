const rules: unknown = { agn: { outgoing() {} } };
export default rules;
