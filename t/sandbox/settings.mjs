// How the service behaves where its real ways are not known or vary.

export const defaultSettings = {
    page_size: 1000,
    // USAGE_DATE under MONTHLY: yyyy-mm, yyyy-mm-dd or yyyymm
    month_form: 'yyyy-mm',
    // NextDataToken of the last page: absent, null, empty, or trailing (a
    // token, whose page is a 204)
    last_token: 'absent',
    // amounts as strings
    numeric_strings: false,
    // what a question for several months gets: true: all of them; "refused":
    // 400; "first": the first of them; "empty": 204
    wide: true,
    // the list of linked accounts is a 400 without the body {}
    list_body: false,
    // a period that ends after today is a 400
    refuse_future: true,
};
