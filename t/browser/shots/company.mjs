// A company with a few projects, to be looked at.


const NAMES = {
    en: { shop: 'Online shop', inner: 'Payment', basket: 'Basket', api: 'Payment API',
        data: 'Data platform', tools: 'Internal tools',
        accounts: ['Production Seoul', 'Production Tokyo', 'Staging', 'Analytics',
            'Backup'] },
    ko: { shop: '쇼핑 사업부', inner: '결제', basket: '장바구니', api: '결제 API',
        data: '데이터 플랫폼', tools: '사내 도구',
        accounts: ['운영 (서울)', '운영 (도쿄)', '스테이징', '분석', '백업'] },
};


// Returns { projects, accounts, groups }.
export async function furnish(visit) {
    const names = NAMES[visit.lang];
    const shop = await visit.group(names.shop);
    const inner = await visit.group(names.inner, shop);
    const projects = [
        await visit.project(names.basket, shop),
        await visit.project(names.api, inner),
        await visit.project(names.data),
        await visit.project(names.tools),
    ];
    const accounts = [];

    for (const [at, name] of names.accounts.entries()) {
        accounts.push(await visit.account(name, projects[at % 4], 1 + at % 3,
            { tags: at === 0 ? { team: 'platform', env: 'prod' } : {} }));
    }
    return { projects, accounts, groups: [shop, inner] };
}
