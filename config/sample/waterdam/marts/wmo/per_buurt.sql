/* ---
question: Hoeveel Wmo-zaken komen er per buurt, naar het aantal inwoners?
asked_by: afdelingshoofd Sociaal Domein
columns:
  buurt: Naam van de CBS-buurt
  inwoners: Inwoners op 1 januari 2025
  zaken: Aantal Wmo-zaken
  per_1000_inwoners: Wmo-zaken op duizend inwoners
--- */
select b.buurtnaam as buurt,
       k.waarde::integer as inwoners,
       count(z.uuid) as zaken,
       round(1000 * count(z.uuid) / k.waarde, 1) as per_1000_inwoners
from gebieden.buurten b
join cbs.kerncijfers_buurten k
  on k.buurtcode = b.buurtcode and k.periode = '2025JJ00' and k.onderwerp = 'T001036'
left join wmo.zaken_buurt z on z.buurt = b.buurtcode
-- In a buurt with few inhabitants a case points at somebody.
where k.waarde >= 100
group by 1, 2, k.waarde
