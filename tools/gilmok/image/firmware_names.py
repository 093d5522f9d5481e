"""Names that MicroPython's firmware has itself, in ROM: the image may use them for nothing, and must leave alone what they stand for.

Source: what `dir()` finds on the Unix port 1.28, and the stubs of the ports esp32 and rp2 1.29; tests/image/test_firmware_names.py
holds both against the stubs that are installed.
"""

# What the Unix port has and the stubs of esp32 and rp2 name as well. Names that the interpreter looks up in objects of any
# kind are not among them.
EVERY_PORT = """\
AF_INET AF_INET6 ARRAY AUTO ArithmeticError AssertionError AttributeError BFINT16 BFINT32 BFINT8 BFUINT16 BFUINT32 BFUINT8 BF_LEN BF_POS
BIG_ENDIAN BaseException BytesIO CERT_NONE CERT_OPTIONAL CERT_REQUIRED DeflateIO EACCES EADDRINUSE EAGAIN EALREADY EBADF ECONNABORTED
ECONNREFUSED ECONNRESET EEXIST EHOSTUNREACH EINPROGRESS EINVAL EIO EISDIR ENOBUFS ENODEV ENOENT ENOMEM ENOTCONN EOFError EOPNOTSUPP
EPERM ETIMEDOUT Ellipsis Exception FLOAT32 FLOAT64 GZIP GeneratorExit INT INT16 INT32 INT64 INT8 IOBase IP_ADD_MEMBERSHIP ImportError
IndentationError IndexError KeyError KeyboardInterrupt LITTLE_ENDIAN LONG LONGLONG LookupError MBEDTLS_VERSION MSG_DONTWAIT MSG_PEEK
MemoryError NATIVE NameError NotImplementedError OSError OrderedDict OverflowError POLLERR POLLHUP POLLIN POLLOUT PROTOCOL_DTLS_CLIENT
PROTOCOL_DTLS_SERVER PROTOCOL_TLS_CLIENT PROTOCOL_TLS_SERVER PTR RAW RingIO RuntimeError SHORT SOCK_DGRAM SOCK_RAW SOCK_STREAM
SOL_SOCKET SO_BROADCAST SO_REUSEADDR SSLContext Signal StopAsyncIteration StopIteration StringIO SyntaxError SystemExit TypeError UINT
UINT16 UINT32 UINT64 UINT8 ULONG ULONGLONG USHORT UnicodeError VOID ValueError VfsFat VfsLfs2 ZLIB ZeroDivisionError a2b_base64 abs
accept acos acosh add addressof aes all any append appendleft argv array asin asinh atan atan2 atanh atexit b2a_base64 bin binascii bind
bool builtins bytearray bytearray_at byteorder bytes bytes_at calcsize callable ceil center chdir choice chr classmethod clear cmath
collect compile complex connect copy copysign cos cosh count crc32 cryptolib decode decrypt deflate degrees delattr deleter deque dict
difference difference_update digest dir disable discard divmod dump dumps e enable encode encrypt endswith enumerate erf erfc errorcode
eval exc_info exec execfile exit exp expm1 extend fabs factorial fileno filter find float floor fmod format frexp from_bytes fromhex
fromkeys frozenset gamma gc get get_ciphers getaddrinfo getattr getcwd getenv getrandbits getter globals gmtime hasattr hash hashlib
heap_lock heap_unlock heapify heappop heappush heapq help hex hexlify id idle ilistdir implementation index inf input insert int
intersection intersection_update io isalpha isclose isdigit isdisjoint isenabled isfinite isinf isinstance islower isnan isspace
issubclass issubset issuperset isupper items join json kbd_intr ldexp len lgamma libc_ver list listdir listen load load_cert_chain
load_verify_locations loads locals localtime log log10 log2 lower lstrip machine makefile map match math max maxsize md5 mem16 mem32
mem8 mem_alloc mem_free mem_info memoryview micropython min mkdir mkfs mktime modf modules mount namedtuple nan oct off on open
opt_level ord pack pack_into partition path phase pi platform polar poll pop popitem popleft pow print print_exception property ps1 ps2
putenv python_compiler qstr_info radians randint random randrange range re rect recv recvfrom remove rename replace repr reverse
reversed rfind rindex rmdir round rpartition rsplit rstrip schedule search seed select sendall sendto sep set set_ciphers setattr
setblocking setdefault setsockopt setter settimeout sha1 sha256 sin sinh sizeof sleep sleep_ms sleep_us slice sockaddr socket soft_reset
sort sorted split splitlines sqrt ssl stack_use startswith stat staticmethod statvfs stderr stdin stdout str strip struct sub sum
symmetric_difference symmetric_difference_update system tan tanh tau threshold ticks_add ticks_cpu ticks_diff ticks_ms ticks_us time
time_ns time_pulse_us tls to_bytes trunc tuple uctypes umount unhexlify uniform union unlink unpack unpack_from unsetenv update upper
urandom values verify_mode version version_info vfs wrap_socket zip
"""

# What a port has beside these: methods that our virtual hardware and drivers for it must go on having.
SOME_PORT = """\
ADC ADCBlock ADCWiPy ALARM0 ALT ALT_GPCK ALT_I2C ALT_OPEN_DRAIN ALT_PIO0 ALT_PIO1 ALT_PWM ALT_SIO ALT_SPI ALT_UART ALT_USB ANALOG AP_IF
ATTN_0DB ATTN_11DB ATTN_2_5DB ATTN_6DB AUTH_CHAP AUTH_MAX AUTH_NONE AUTH_OPEN AUTH_OWE AUTH_PAP AUTH_WAPI_PSK AUTH_WEP
AUTH_WPA2_ENTERPRISE AUTH_WPA2_PSK AUTH_WPA2_WPA3_PSK AUTH_WPA3_ENT_192 AUTH_WPA3_EXT_PSK AUTH_WPA3_EXT_PSK_MIXED_MODE AUTH_WPA3_PSK
AUTH_WPA_PSK AUTH_WPA_WPA2_PSK AbstractBlockDev AbstractNIC BANDWIDTH_160 BANDWIDTH_20 BANDWIDTH_40 BANDWIDTH_80 BANDWIDTH_80_80 BLE
BOOT BUILTIN_CDC BUILTIN_CDC_MSC BUILTIN_DEFAULT BUILTIN_MSC BUILTIN_NONE CONFIG CONTROLLER CORE_TEMP CORE_VBAT CORE_VREF CTS Const_T
Counter DAC DEBUG DECREMENT DEEPSLEEP DEEPSLEEP_RESET DHT11 DHT22 DHTBase DMA DMATimer DOWN DRIVE_0 DRIVE_1 DRIVE_2 DRIVE_3 DS18X20
ENOTSUP ETH_CONNECTED ETH_DISCONNECTED ETH_GOT_IP ETH_INITIALIZED ETH_STARTED ETH_STOPPED EXT0_WAKE EXT1_WAKE EXT_GPIO0 EXT_GPIO1
EXT_GPIO2 Encoder FALLING FLAG_INDICATE FLAG_NOTIFY FLAG_READ FLAG_WRITE FLAG_WRITE_NO_RESPONSE Flash FrameBuffer FrameBuffer1 GP0 GP1
GP10 GP11 GP12 GP13 GP14 GP15 GP16 GP17 GP18 GP19 GP2 GP20 GP21 GP22 GP26 GP27 GP28 GP3 GP4 GP5 GP6 GP7 GP8 GP9 GPIO0 GPIO1 GPIO10
GPIO11 GPIO12 GPIO13 GPIO14 GPIO15 GPIO16 GPIO17 GPIO18 GPIO19 GPIO2 GPIO20 GPIO21 GPIO22 GPIO23 GPIO24 GPIO25 GPIO26 GPIO27 GPIO28
GPIO29 GPIO3 GPIO4 GPIO5 GPIO6 GPIO7 GPIO8 GPIO9 GS2_HMSB GS4_HMSB GS8 HARD_RESET HEAP_DATA HEAP_EXEC HOLD I2C I2CTarget I2S IDLE ID_T
IF_AP IF_STA IGNORE IN INCREMENT INV_CTS INV_RTS INV_RX INV_TX IN_HIGH IN_LOW IPPROTO_IP IPPROTO_SEC IPPROTO_TCP IPPROTO_UDP
IP_DROP_MEMBERSHIP IRQ_ADDR_MATCH_READ IRQ_ADDR_MATCH_WRITE IRQ_BREAK IRQ_END_READ IRQ_END_WRITE IRQ_FALLING IRQ_HIGH_LEVEL IRQ_INDEX
IRQ_LOW_LEVEL IRQ_MATCH IRQ_MAX IRQ_MIN IRQ_READ_REQ IRQ_RESET IRQ_RISING IRQ_ROLL_OVER IRQ_ROLL_UNDER IRQ_RX IRQ_RXIDLE IRQ_SM0 IRQ_SM1
IRQ_SM2 IRQ_SM3 IRQ_THRESHOLD0 IRQ_THRESHOLD1 IRQ_TXIDLE IRQ_WRITE_REQ IRQ_ZERO JOIN_NONE JOIN_RX JOIN_TX LAN LED LOG_DEBUG LOG_ERROR
LOG_INFO LOG_NONE LOG_VERBOSE LOG_WARNING LSB LockType MATCH_ROM MODE_11B MODE_11G MODE_11N MODE_CBC MODE_CTR MODE_ECB MODE_LR MONO
MONO_HLSB MONO_HMSB MONO_VLSB MP_StatResult MP_StatVfsResult MSB MVLSB NORMAL NVS NeoPixel ONE_SHOT OPEN_DRAIN ORDER OUT OUT_HIGH
OUT_LOW OneWire OneWireError PCNT PERIODIC PHY_DM9051 PHY_DP83848 PHY_GENERIC PHY_IP101 PHY_KSZ8041 PHY_KSZ8081 PHY_KSZ8851SNL
PHY_LAN8670 PHY_LAN8710 PHY_LAN8720 PHY_RTL8201 PHY_W5500 PIN_WAKE PIO PIOASMEmit PIOASMError PM_NONE PM_PERFORMANCE PM_POWERSAVE PPP
PROTOCOL_DEFAULT PROTOCOL_LR PULL_DOWN PULL_HOLD PULL_UP PULSE_MAX PWM PWRON_RESET Partition Pin RC RESERVE_MEM REVERSE RGB565 RISING
RMT RTC RTC_WAKE RTS RUNNING RX SDCard SEARCH_ROM SEC_CHAP SEC_DPP SEC_NONE SEC_OPEN SEC_OWE SEC_PAP SEC_WAPI SEC_WEP SEC_WPA SEC_WPA2
SEC_WPA2_ENT SEC_WPA2_WPA3 SEC_WPA2_WPA3_ENT SEC_WPA3 SEC_WPA3_ENT SEC_WPA3_ENT_192 SEC_WPA3_EXT_PSK SEC_WPA3_EXT_PSK_MIXED_MODE
SEC_WPA_ENT SEC_WPA_WPA2 SHIFT_LEFT SHIFT_RIGHT SKIP_ROM SLEEP SLEEP_LIGHT SLEEP_MODEM SLEEP_NONE SOFT_RESET SO_BINDTODEVICE SPI
STAT_ASSOC_FAIL STAT_BEACON_TIMEOUT STAT_CONNECTING STAT_CONNECT_FAIL STAT_GOT_IP STAT_HANDSHAKE_TIMEOUT STAT_IDLE STAT_NO_AP_FOUND
STAT_NO_AP_FOUND_IN_AUTHMODE_THRESHOLD STAT_NO_AP_FOUND_IN_RSSI_THRESHOLD STAT_NO_AP_FOUND_W_COMPATIBLE_SECURITY STAT_WRONG_PASSWORD
STA_IF STEREO Socket SoftI2C SoftSPI StateMachine TCP_NODELAY TIMER_WAKE TOUCHPAD_WAKE TX TYPE_APP TYPE_DATA ThreadSafeFlag Timer
TouchPad UART ULP ULP_WAKE UP USBDevice UUID VREF WAKEUP_ALL_LOW WAKEUP_ANY_HIGH WAKE_HIGH WAKE_LOW WDT WDT_RESET WIDTH_10BIT
WIDTH_11BIT WIDTH_12BIT WIDTH_13BIT WIDTH_9BIT WLAN WLANWiPy WLAN_WAKE WL_GPIO0 WL_GPIO1 WL_GPIO2 XFER_FAILED XFER_STALLED XFER_SUCCESS
accept_conn acquire active add_program alarm alloc_emergency_exception_buf allocate_lock antenna args asm_pio asm_pio_encode asm_thumb
asm_xtensa atten auth bdev bitstream bitstream_channel bitstream_rmt blit block board bootloader bootsel_button bpp buf callback
change_daemon channel client_s clock clock_div close collections commit config const convert_temp country cpu crc8 csi_available
csi_disable csi_dropped csi_enable csi_read datetime deepsleep deinit delay desc_cfg desc_dev dht_readinto disable_irq disconnect drive
duty duty_ns duty_u16 ellipse enable_irq ep_max erase_key errno executable exists feed fill fill_rect flash_erase flash_read flash_size
flash_user_start flash_write flush freq fs gap_advertise gap_connect gap_disconnect gap_pair gap_passkey gap_scan
gattc_discover_characteristics gattc_discover_descriptors gattc_discover_services gattc_exchange_mtu gattc_read gattc_write
gatts_indicate gatts_notify gatts_read gatts_register_services gatts_set_buffer gatts_write get_blob get_daemon_status get_i32 get_ident
get_next_update getpass getvalue gpio gpio_matrix_in gpio_matrix_out high hline host hostname humidity idf_heap_info ifconfig ifempty
iffull in_ inet_ntop inet_pton info init input_choice input_pass invert ioctl ipconfig ipoll irq irq_next irq_prev isconnected isr iter
itf_max jmp jmppin keys label lightsleep line listen_s load_binary locked loop loop_count low mac main mark_app_valid_cancel_rollback
measure mem_backup memory mode modify mov n native next noblock nop not_osre not_x not_y null object os osdebug osr out ow pack_ctrl pc
phases phy_mode pin pindirs pins pixel poly prev print_pcbs pull push put raw_temperature read read_scratch read_temp read_u16 read_uv
readbit readblocks readbyte readfrom readfrom_into readfrom_mem readfrom_mem_into readinto readline register rel release remote_wakeup
remove_program reset reset_cause restart rom_ioctl route run rx_fifo scan scroll seek select_rom send send_ethernet send_html sendbreak
server_handshake set_blob set_boot set_i32 set_native_code_location set_wakeup_period settime setup_conn shift side sleep_type
source_freq ssid stack_size stall start start_foreground start_new_thread state state_machine static_host status stop str_max
submit_xfer super sys tell temperature text throw timeout timing toggle tx_fifo txdone type unique_id unpack_ctrl unregister value viper
vline wait wait_done wake_on_ext0 wake_on_ext1 wake_on_gpio wake_on_touch wake_on_ulp wake_pins wake_reason websocket width word wrap
wrap_target write write_pulses write_readinto write_scratch writebit writeblocks writebyte writeto writeto_mem writevto x x_dec x_not_y
y y_dec
"""
