const rules: unknown = { alm: { outgoin() {} } };
export default rules;
