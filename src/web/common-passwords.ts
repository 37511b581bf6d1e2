/** What people choose first, of ten characters or more. Shorter ones are refused anyway. */
export const COMMON: ReadonlySet<string> = new Set(
  `1234567890 0123456789 12345678910 123456789a 123456789q 1234567891 0987654321 9876543210 1q2w3e4r5t 1q2w3e4r5t6y
  1qaz2wsx3edc qwertyuiop qwertyuiop123 qwertzuiop qwerty1234 qwerty12345 qwerty123456 qwertz1234 qwertz12345 asdfghjkl1
  asdfghjklö asdfghjkl; q1w2e3r4t5 zaq12wsxcde password12 password123 password1234 password12345 password123! password1!
  passwort12 passwort123 passwort1234 passwort12345 passwort123! p@ssw0rd12 p@ssw0rd123 p@ssword123 passw0rd123 mypassword
  meinpasswort adminadmin administrator administrator1 admin12345 admin123456 admin1234! adminadmin1 rootroot12 rootpassword
  netureon123 netureon1234 netureonnetureon letmein123 letmein1234 letmein12345 welcome123 welcome1234 welcome12345
  willkommen willkommen1 willkommen123 iloveyou12 iloveyou123 iloveyou1234 ichliebedich changeme12 changeme123 changeme1234
  changeme123! sunshine12 sunshine123 princess12 princess123 football12 football123 baseball12 baseball123 superman12
  superman123 starwars12 starwars123 trustno1234 whatever12 whatever123 computer12 computer123 internet12 internet123
  sommer2024 sommer2025 sommer2026 winter2024 winter2025 winter2026 summer2024 summer2025 summer2026 abcdefghij abcdefghijk
  abcdefghijklmnopqrstuvwxyz abcd123456 abc1234567 abcde12345 a123456789 aa12345678 aa123456789 hallohallo hallo12345
  hallo123456 dragon12345 monkey12345 master12345 michael123 schatz1234 test123456 test1234567 testtest12 user123456
  default123 default1234 secret1234 secret12345 geheim1234 geheim12345 correcthorsebatterystaple ninja12345 shadow12345
  monitor123 network123 network1234 netzwerk123 netzwerk1234 router1234 switch1234 cisco12345 linux12345 ubuntu1234
  raspberry123 raspberrypi homeassistant fritzbox123 fritzbox1234 thomas1234 andreas1234`.split(/\s+/),
);
