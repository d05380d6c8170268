/**
 * Which state an aircraft is registered in, by the block that its ICAO 24-bit address lies in: ICAO
 * Annex 10, volume III, part I, chapter 9, table 9-1, with the amendments that doubled the smallest
 * blocks. A block is all addresses that begin with the same bits; the table gives the first one and
 * how many bits that is. Taiwan's is in use without being in the table.
 */
const BLOCKS = `
004000 13 Zimbabwe
006000 12 Mozambique
008000 9 South Africa
010000 9 Egypt
018000 9 Libya
020000 9 Morocco
028000 9 Tunisia
030000 13 Botswana
032000 12 Burundi
034000 12 Cameroon
035000 13 Comoros
036000 12 Congo
038000 12 Côte d'Ivoire
03e000 12 Gabon
040000 12 Ethiopia
042000 12 Equatorial Guinea
044000 12 Ghana
046000 12 Guinea
048000 13 Guinea-Bissau
04a000 13 Lesotho
04c000 12 Kenya
050000 12 Liberia
054000 12 Madagascar
058000 12 Malawi
05a000 13 Maldives
05c000 12 Mali
05e000 13 Mauritania
060000 13 Mauritius
062000 12 Niger
064000 12 Nigeria
068000 12 Uganda
06a000 12 Qatar
06c000 12 Central African Republic
06e000 12 Rwanda
070000 12 Senegal
074000 13 Seychelles
076000 13 Sierra Leone
078000 12 Somalia
07a000 13 Eswatini
07c000 12 Sudan
080000 12 Tanzania
084000 12 Chad
088000 12 Togo
08a000 12 Zambia
08c000 12 Democratic Republic of the Congo
090000 12 Angola
094000 13 Benin
096000 13 Cabo Verde
098000 13 Djibouti
09a000 12 Gambia
09c000 12 Burkina Faso
09e000 13 Sao Tome and Principe
0a0000 9 Algeria
0a8000 12 Bahamas
0aa000 13 Barbados
0ab000 13 Belize
0ac000 11 Colombia
0ae000 12 Costa Rica
0b0000 12 Cuba
0b2000 12 El Salvador
0b4000 12 Guatemala
0b6000 12 Guyana
0b8000 12 Haiti
0ba000 12 Honduras
0bc000 13 Saint Vincent and the Grenadines
0be000 12 Jamaica
0c0000 12 Nicaragua
0c2000 12 Panama
0c4000 12 Dominican Republic
0c6000 12 Trinidad and Tobago
0c8000 12 Suriname
0ca000 13 Antigua and Barbuda
0cc000 13 Grenada
0d0000 9 Mexico
0d8000 9 Venezuela
100000 4 Russian Federation
201000 13 Namibia
202000 13 Eritrea
300000 6 Italy
340000 6 Spain
380000 6 France
3c0000 6 Germany
400000 6 United Kingdom
440000 9 Austria
448000 9 Belgium
450000 9 Bulgaria
458000 9 Denmark
460000 9 Finland
468000 9 Greece
470000 9 Hungary
478000 9 Norway
480000 9 Netherlands
488000 9 Poland
490000 9 Portugal
498000 9 Czechia
4a0000 9 Romania
4a8000 9 Sweden
4b0000 9 Switzerland
4b8000 9 Türkiye
4c0000 9 Serbia
4c8000 13 Cyprus
4ca000 12 Ireland
4cc000 12 Iceland
4d0000 13 Luxembourg
4d2000 13 Malta
4d4000 13 Monaco
500000 13 San Marino
501000 13 Albania
501800 13 Croatia
502800 13 Latvia
503800 13 Lithuania
504800 13 Moldova
505800 13 Slovakia
506800 13 Slovenia
507800 13 Uzbekistan
508000 9 Ukraine
510000 13 Belarus
511000 13 Estonia
512000 13 North Macedonia
513000 13 Bosnia and Herzegovina
514000 13 Georgia
515000 13 Tajikistan
516000 13 Montenegro
600000 13 Armenia
600800 13 Azerbaijan
601000 13 Kyrgyzstan
601800 13 Turkmenistan
680000 13 Bhutan
681000 13 Micronesia
682000 13 Mongolia
683000 13 Kazakhstan
684000 13 Palau
700000 12 Afghanistan
702000 12 Bangladesh
704000 12 Myanmar
706000 12 Kuwait
708000 12 Laos
70a000 12 Nepal
70c000 13 Oman
70e000 12 Cambodia
710000 9 Saudi Arabia
718000 9 Republic of Korea
720000 9 Democratic People's Republic of Korea
728000 9 Iraq
730000 9 Iran
738000 9 Israel
740000 9 Jordan
748000 9 Lebanon
750000 9 Malaysia
758000 9 Philippines
760000 9 Pakistan
768000 9 Singapore
770000 9 Sri Lanka
778000 9 Syria
780000 6 China
7c0000 6 Australia
800000 6 India
840000 6 Japan
880000 9 Thailand
888000 9 Viet Nam
890000 12 Yemen
894000 12 Bahrain
895000 13 Brunei Darussalam
896000 12 United Arab Emirates
897000 13 Solomon Islands
898000 12 Papua New Guinea
899000 13 Taiwan
8a0000 9 Indonesia
900000 13 Marshall Islands
901000 13 Cook Islands
902000 13 Samoa
a00000 4 United States
c00000 6 Canada
c80000 9 New Zealand
c88000 12 Fiji
c8a000 13 Nauru
c8c000 13 Saint Lucia
c8d000 13 Tonga
c8e000 13 Kiribati
c90000 13 Vanuatu
c91000 13 Andorra
c92000 13 Dominica
c93000 13 Saint Kitts and Nevis
c94000 13 South Sudan
c95000 13 Timor-Leste
e00000 6 Argentina
e40000 6 Brazil
e80000 12 Chile
e84000 12 Ecuador
e88000 12 Paraguay
e8c000 12 Peru
e90000 12 Uruguay
e94000 12 Bolivia
`;

const ADDRESS_BITS = 24;

/** Blocks in the order of their addresses. They do not overlap. */
const TABLE = BLOCKS.trim().split("\n").map((line) => {
  const [, first, bits, country] = /^(\w{6}) (\d+) (.+)$/.exec(line)!;
  const firstAddress = parseInt(first!, 16);
  const end = firstAddress + 2 ** (ADDRESS_BITS - Number(bits));
  return { first: firstAddress, end, country: country! };
});

/** The state whose block the address `icao24`, six hex digits, is in; undefined for one that is in none. */
export function countryOf(icao24: string): string | undefined {
  const address = parseInt(icao24, 16);
  let [low, high] = [0, TABLE.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (TABLE[middle]!.end <= address) low = middle + 1;
    else high = middle;
  }
  const block = TABLE[low];
  return block && block.first <= address ? block.country : undefined;
}

/** The blocks, for a test to look at. */
export function blocks(): readonly { first: number; end: number; country: string }[] {
  return TABLE;
}
