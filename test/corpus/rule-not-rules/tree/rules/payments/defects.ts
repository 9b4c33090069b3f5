export default "payments/defects";
