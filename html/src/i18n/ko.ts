/*
 * Korean texts.
 */

import type { Catalogue } from ".";

export const ko: Catalogue = {
  "app.name": "빌링",

  "nav.label": "주 메뉴",
  "nav.dashboard": "대시보드",
  "nav.projects": "프로젝트",
  "nav.accounts": "서비스 계정",
  "nav.providers": "서비스 제공자",

  "frame.skip": "본문으로 건너뛰기",
  "frame.utc": "일과 월의 경계는 UTC 기준입니다.",
  "frame.version": "버전 {version}",
  "frame.sandbox": "샌드박스: 표시된 금액은 가상의 값입니다",
  "frame.signed_out":
    "로그아웃되었습니다. 다른 탭에서 다시 로그인한 뒤 여기서 다시 시도하세요. 입력한 내용은 유지됩니다.",

  "theme.label": "테마: {theme}",
  "theme.system": "시스템 설정",
  "theme.light": "밝게",
  "theme.dark": "어둡게",
  "who.domain": "도메인 {domain}",
  "role.admin": "관리자",
  "role.member": "멤버",

  "action.dismiss": "닫기",
  "action.retry": "다시 시도",
  "action.main_dashboard": "메인 대시보드로 이동",

  "problem.network": "서버에 연결할 수 없습니다.",
  "problem.request": "요청 번호 {id}",

  "missing.title": "존재하지 않는 페이지입니다",
  "missing.text": "주소가 오래되었거나 잘못 입력되었을 수 있습니다.",

  "dash.title": "전체 비용",
  "accounts.count.one": "계정 {n}개",
  "accounts.count.other": "계정 {n}개",
};
