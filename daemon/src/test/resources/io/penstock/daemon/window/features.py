"""Vibration features by NumPy and SciPy alone, for comparison. Usage: features.py FILE RATE_HZ FROM_HZ HZ...

FILE holds little-endian float32 samples in g. Prints one "name value" a line; for every HZ after FROM_HZ the place of the strongest
line within 2 % of it in the spectrum of the squared Hilbert envelope above FROM_HZ.
"""
import sys

import numpy as np
from scipy import integrate, signal, stats

samples = np.fromfile(sys.argv[1], dtype="<f4").astype(float)
rate, lowest = float(sys.argv[2]), float(sys.argv[3])
samples -= samples.mean()
rms = np.sqrt(np.mean(samples**2))
print("rms", rms)
print("kurtosis", stats.kurtosis(samples, fisher=False))
print("crest", np.max(np.abs(samples)) / rms)

# velocity in the time domain: filter, integrate, filter the drift away, leave out the filters' edges
band = signal.butter(4, [10, 1000], btype="band", fs=rate, output="sos")
metres = signal.sosfiltfilt(band, samples * 9.80665)
velocity = integrate.cumulative_trapezoid(metres, dx=1 / rate, initial=0)
velocity = signal.sosfiltfilt(signal.butter(4, 10, btype="high", fs=rate, output="sos"), velocity)
edge = len(velocity) // 8
print("velocity_rms", 1000 * np.sqrt(np.mean(velocity[edge:-edge] ** 2)))

# and by SciPy's own spectral density, which noise at the band's lower edge needs: there every estimate has its own scatter
f, density = signal.periodogram(samples * 9806.65, rate, window="hann", detrend="constant")
inside = (f >= 10) & (f <= 1000)
print("velocity_by_density", np.sqrt(np.sum(density[inside] / (2 * np.pi * f[inside]) ** 2) * f[1]))

high = signal.sosfiltfilt(signal.butter(6, lowest, btype="high", fs=rate, output="sos"), samples)
envelope = np.abs(signal.hilbert(high)) ** 2
power = np.abs(np.fft.rfft((envelope - envelope.mean()) * signal.windows.hann(len(envelope), sym=False))) ** 2
hertz = np.fft.rfftfreq(len(envelope), 1 / rate)
for wanted in map(float, sys.argv[4:]):
    near = np.flatnonzero(np.abs(hertz - wanted) <= 0.02 * wanted)
    print(f"line_{wanted:g}", hertz[near[np.argmax(power[near])]])
