"""Britain's postcode areas, the letters with which a postcode begins, each with its town (decision 0100).

Missing are the few whose largest town is too small to be known: LD, HS, KW and ZE.
"""

from __future__ import annotations

_TOWNS = """
AB Aberdeen, AL St Albans, B Birmingham, BA Bath, BB Blackburn, BD Bradford, BH Bournemouth, BL Bolton, BN Brighton,
BR Orpington, BS Bristol, BT Belfast, CA Carlisle, CB Cambridge, CF Cardiff, CH Chester, CM Chelmsford, CO Colchester,
CR Croydon, CT Canterbury, CV Coventry, CW Crewe, DA Dartford, DD Dundee, DE Derby, DG Dumfries, DH Durham,
DL Darlington, DN Doncaster, DT Dorchester, DY Dudley, E London, EC London, EH Edinburgh, EN Enfield Town, EX Exeter,
FK Falkirk, FY Blackpool, G Glasgow, GL Gloucester, GU Guildford, HA Harrow, HD Huddersfield, HG Harrogate,
HP Hemel Hempstead, HR Hereford, HU Kingston upon Hull, HX Halifax, IG Ilford, IP Ipswich, IV Inverness, KA Kilmarnock,
KT Epsom, KY Kirkcaldy, L Liverpool, LA Lancaster, LE Leicester, LL Llandudno, LN Lincoln,
LS Leeds, LU Luton, M Manchester, ME Rochester, MK Milton Keynes, ML Motherwell, N London,
NE Newcastle upon Tyne, NG Nottingham, NN Northampton, NP Newport, NR Norwich, NW London, OL Oldham, OX Oxford,
PA Paisley, PE Peterborough, PH Perth, PL Plymouth, PO Portsmouth, PR Preston, RG Reading, RH Redhill, RM Romford,
S Sheffield, SA Swansea, SE London, SG Stevenage, SK Stockport, SL Slough, SM Sutton, SN Swindon, SO Southampton,
SP Salisbury, SR Sunderland, SS Southend-on-Sea, ST Stoke-on-Trent, SW London, SY Shrewsbury, TA Taunton,
TD Galashiels, TF Telford, TN Tonbridge,
TQ Torquay, TR Truro, TS Middlesbrough, TW Hounslow, UB Southall, W London, WA Warrington, WC London,
WD Watford, WF Wakefield, WN Wigan, WR Worcester, WS Walsall, WV Wolverhampton, YO York
"""

TOWNS = dict(each.strip().split(" ", 1) for each in _TOWNS.replace("\n", " ").split(","))
