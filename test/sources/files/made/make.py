"""Files as other programs write them: `pip install pyarrow openpyxl`, then `python make.py` in this folder. They are kept, so that no test needs Python."""
import datetime, decimal
import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

D = decimal.Decimal
utc = datetime.timezone.utc
moment = datetime.datetime(2026, 7, 1, 10, 0, 0, 123456)
columns = {
    'nr': pa.array(['0001', '0002', None]),
    'groot': pa.array([9007199254740993, -9223372036854775808, None], pa.int64()),
    'zonder_teken': pa.array([18446744073709551615, 0, None], pa.uint64()),
    'bedrag': pa.array([D('1234.56'), D('-0.01'), None], pa.decimal128(9, 2)),
    'lang': pa.array([D('12345678901234567890123456789012.123456'), D('-1.000000'), None], pa.decimal128(38, 6)),
    'enkel': pa.array([0.1, -2.5, None], pa.float32()),
    'dubbel': pa.array([0.1, 1e300, None], pa.float64()),
    'dag': pa.array([datetime.date(2026, 3, 5), datetime.date(1600, 1, 1), None]),
    'lokaal': pa.array([moment, datetime.datetime(1969, 12, 31, 23, 59, 59, 999999), None], pa.timestamp('us')),
    'milli': pa.array([moment.replace(microsecond=123000)] * 2 + [None], pa.timestamp('ms')),
    'utc': pa.array([moment, moment, None], pa.timestamp('us', 'UTC')),
    'bytes': pa.array(['Café €'.encode(), b'caf\xe9', None], pa.binary()),
    'ja': pa.array([True, False, None]),
    'codes': pa.array([[1, None, 3], [], None], pa.list_(pa.int64())),
    'bedragen': pa.array([[D('1.50')], [], None], pa.list_(pa.decimal128(9, 2))),
    'adres': pa.array([{'postcode': '1234AB', 'huisnummer': 9007199254740993}, {'postcode': None, 'huisnummer': None}, None]),
    'regels': pa.array([[{'dag': datetime.date(2026, 3, 5), 'aantal': D('2.5')}], [], None],
                       pa.list_(pa.struct([('dag', pa.date32()), ('aantal', pa.decimal128(5, 1))]))),
}
table = pa.table(columns)
pq.write_table(table, 'arrow.parquet', compression='zstd', row_group_size=2)
pq.write_table(table.select(['nr', 'lokaal', 'utc', 'bedrag']), 'spark.parquet', use_deprecated_int96_timestamps=True, version='1.0',
               compression='snappy', store_decimal_as_integer=True)

book = openpyxl.Workbook()
sheet = book.active
sheet.append(['nr', 'bedrag', 'dag', 'op', 'tekst', 'ja'])
sheet.append(['0012', 1234.56, datetime.date(2026, 3, 5), datetime.datetime(2026, 3, 5, 9, 30), 'Eén\nregel', True])
sheet.append(['0013', None, None, None, None, None])
sheet['B4'] = '=B2*2'
sheet['A4'] = '0014'
book.save('openpyxl.xlsx')
