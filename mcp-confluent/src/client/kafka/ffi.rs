//! The operations of librdkafka that the `rdkafka` crate does not wrap, and all `unsafe` code of
//! the project.
//!
//! Each function here sends one request on a private reply queue, waits without blocking a thread,
//! and hands back plain owned values; no pointer leaves this module. Waiting ends when the future is
//! dropped: the queue goes with it, and librdkafka throws a late answer away.
//!
//! Error codes are read as integers, never as the enum of the bindings: a broker may send a code that
//! is newer than the bindings, and such a value in a Rust enum would be undefined behaviour.
#![allow(unsafe_code, reason = "this module is the boundary to the C library")]

pub(super) mod configs;
pub(super) mod consume;
pub(super) mod groups;
pub(super) mod offsets;
mod partitions;
pub(super) mod tokens;
pub(super) mod topics;

use std::{
    ffi::{CStr, CString, c_char, c_int, c_void},
    mem, ptr, slice,
    sync::Arc,
    time::Duration,
};

use rdkafka::{bindings as rd, producer::Producer as _};
use tokio::sync::Notify;

use super::{control::Control, error::Code};

/// What a broker, or librdkafka itself, answered instead of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// The Kafka protocol's code (positive) or librdkafka's own (negative).
    pub(super) code: Code,
    /// The text that came with the code, where there was one.
    pub(super) message: Option<String>,
}

impl Fault {
    /// Something went wrong in this program.
    pub(super) fn internal() -> Self {
        Self {
            code: Code::FAIL,
            message: None,
        }
    }

    fn invalid(message: impl Into<String>) -> Self {
        Self {
            code: Code::INVALID_ARGUMENT,
            message: Some(message.into()),
        }
    }
}

/// Calls a C function that returns an error code and gives the code as an integer.
///
/// # Safety
/// `argument` must be what `function` asks for.
unsafe fn code_from<T>(
    function: unsafe extern "C" fn(*const T) -> rd::rd_kafka_resp_err_t,
    argument: *const T,
) -> Code {
    // SAFETY: the enum is `repr(i32)`, so both function types have the same ABI; reading the result
    // as an integer is what makes codes unknown to the bindings harmless.
    let function: unsafe extern "C" fn(*const T) -> i32 = unsafe { mem::transmute(function) };
    // SAFETY: the caller's promise.
    Code(unsafe { function(argument) })
}

/// The field of a C structure that holds an error code, read as an integer.
///
/// # Safety
/// `field` must point to a readable error code.
unsafe fn code_at(field: *const rd::rd_kafka_resp_err_t) -> Code {
    // SAFETY: the caller's promise; an enum of `repr(i32)` has the size and alignment of an `i32`.
    Code(unsafe { field.cast::<i32>().read() })
}

/// The name of a code in librdkafka's spelling, for example `_TRANSPORT` or `TOPIC_EXCEPTION`.
pub(super) fn code_name(code: Code) -> String {
    describe_code(rd::rd_kafka_err2name, code)
}

/// What a code means, in librdkafka's words.
pub(super) fn code_text(code: Code) -> String {
    describe_code(rd::rd_kafka_err2str, code)
}

fn describe_code(
    function: unsafe extern "C" fn(rd::rd_kafka_resp_err_t) -> *const c_char,
    code: Code,
) -> String {
    // SAFETY: the parameter is an enum of `repr(i32)`, so the ABI is that of an `i32`.
    let function: unsafe extern "C" fn(i32) -> *const c_char = unsafe { mem::transmute(function) };
    // SAFETY: both functions this is called with take any integer, and their result is a static or
    // thread-local string.
    unsafe { text(function(code.0)) }.unwrap_or_default()
}

/// An owned copy of a C string; `None` for a null pointer. What is not UTF-8 is replaced.
///
/// # Safety
/// `pointer` must be null or a valid C string.
unsafe fn text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller promises a C string.
    Some(
        unsafe { CStr::from_ptr(pointer) }
            .to_string_lossy()
            .into_owned(),
    )
}

/// The fault a `rd_kafka_error_t` describes; `None` for null or "no error".
///
/// # Safety
/// `error` must be null or valid.
unsafe fn fault_of(error: *const rd::rd_kafka_error_t) -> Option<Fault> {
    if error.is_null() {
        return None;
    }
    // SAFETY: not null, and the caller promises that it is valid.
    let (code, message) = unsafe {
        (
            code_from(rd::rd_kafka_error_code, error),
            text(rd::rd_kafka_error_string(error)),
        )
    };
    (code != Code::NONE).then_some(Fault { code, message })
}

/// Like [`fault_of`] for an error this side has to free.
///
/// # Safety
/// `error` must be null or valid, and not be used afterwards.
unsafe fn take_fault(error: *mut rd::rd_kafka_error_t) -> Result<(), Fault> {
    // SAFETY: the caller's promise.
    let fault = unsafe { fault_of(error) };
    if !error.is_null() {
        // SAFETY: owned by this side, and not used again.
        unsafe { rd::rd_kafka_error_destroy(error) };
    }
    fault.map_or(Ok(()), Err)
}

/// A slice over what librdkafka returns as pointer and count.
///
/// # Safety
/// `pointer` must be null or point to `count` readable items that outlive `'a`.
unsafe fn items<'a, T>(pointer: *mut T, count: usize) -> &'a [T] {
    if pointer.is_null() || count == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(pointer, count) }
}

/// A string for C. One with a zero byte in it is refused: C would see only its beginning.
fn c_string(text: &str) -> Result<CString, Fault> {
    CString::new(text).map_err(|_| {
        Fault::invalid(format!(
            "{text:?} has a zero byte in it, which Kafka does not take"
        ))
    })
}

/// A C object this side owns.
struct Owned<T> {
    pointer: *mut T,
    destroy: unsafe extern "C" fn(*mut T),
}

impl<T> Owned<T> {
    /// Takes over `pointer`, which `destroy` will free; `None` for null.
    ///
    /// # Safety
    /// `pointer` must be null or owned by the caller, and `destroy` must be the way to free it.
    unsafe fn new(pointer: *mut T, destroy: unsafe extern "C" fn(*mut T)) -> Option<Self> {
        if pointer.is_null() {
            // Not even made: dropping it would free the null pointer.
            return None;
        }
        Some(Self { pointer, destroy })
    }

    /// The array of pointers that librdkafka wants for several objects of one kind.
    fn array(owned: &[Self]) -> Vec<*mut T> {
        owned.iter().map(|item| item.pointer).collect()
    }
}

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: `pointer` is valid until here, and nobody else frees it.
        unsafe { (self.destroy)(self.pointer) }
    }
}

/// The options of one admin request.
struct Options(Owned<rd::rd_kafka_AdminOptions_t>);

/// Room for the text of an option that librdkafka refuses.
const ERROR_TEXT: usize = 256;

impl Options {
    fn new(
        control: &Control,
        operation: rd::rd_kafka_admin_op_t,
        timeout: Duration,
    ) -> Result<Self, Fault> {
        // SAFETY: the client is alive as long as `control`; the result is ours.
        let options = unsafe {
            Owned::new(
                rd::rd_kafka_AdminOptions_new(control.native(), operation),
                rd::rd_kafka_AdminOptions_destroy,
            )
        };
        let options = Self(options.ok_or_else(|| Fault::invalid("no options for this request"))?);
        options.set(
            rd::rd_kafka_AdminOptions_set_request_timeout,
            millis(timeout),
        )?;
        Ok(options)
    }

    /// How long the broker itself may take, for requests that can be told so.
    fn operation_timeout(&self, timeout: Duration) -> Result<(), Fault> {
        self.set(
            rd::rd_kafka_AdminOptions_set_operation_timeout,
            millis(timeout),
        )
    }

    fn validate_only(&self, on: bool) -> Result<(), Fault> {
        self.set(rd::rd_kafka_AdminOptions_set_validate_only, c_int::from(on))
    }

    fn set(
        &self,
        function: unsafe extern "C" fn(
            *mut rd::rd_kafka_AdminOptions_t,
            c_int,
            *mut c_char,
            usize,
        ) -> rd::rd_kafka_resp_err_t,
        value: c_int,
    ) -> Result<(), Fault> {
        let mut message: [c_char; ERROR_TEXT] = [0; ERROR_TEXT];
        // SAFETY: the options are alive, and librdkafka writes at most the given length with its
        // terminating zero. These functions return only codes of librdkafka's own.
        let code = unsafe { function(self.0.pointer, value, message.as_mut_ptr(), message.len()) };
        if code == rd::rd_kafka_resp_err_t::RD_KAFKA_RESP_ERR_NO_ERROR {
            return Ok(());
        }
        // SAFETY: zeroed at first, so it ends with a zero whatever was written.
        Err(Fault {
            code: Code(code as i32),
            message: unsafe { text(message.as_ptr()) },
        })
    }
}

/// Milliseconds for C, at least one and at most what librdkafka takes (an hour).
fn millis(timeout: Duration) -> c_int {
    c_int::try_from(timeout.as_millis())
        .unwrap_or(c_int::MAX)
        .clamp(1, 3_600_000)
}

/// A reply queue of one request.
struct Queue {
    pointer: *mut rd::rd_kafka_queue_t,
    ready: Arc<Notify>,
    /// Keeps the client alive for as long as the queue is there.
    _control: Arc<Control>,
}

// SAFETY: librdkafka's queues may be used from any thread.
unsafe impl Send for Queue {}

impl Queue {
    fn new(control: &Arc<Control>) -> Self {
        extern "C" fn wake(_: *mut rd::rd_kafka_t, ready: *mut c_void) {
            // SAFETY: `ready` is the `Notify` that the queue keeps alive until it has switched this
            // callback off. Waking only schedules a task; nothing is called back from here.
            unsafe { &*ready.cast::<Notify>() }.notify_one();
        }

        let ready = Arc::new(Notify::new());
        // SAFETY: the client is alive. `wake` gets a pointer into `ready`, which lives as long as
        // this queue; `Drop` removes the callback first, under the lock it is called with.
        let pointer = unsafe {
            let pointer = rd::rd_kafka_queue_new(control.native());
            let opaque = Arc::as_ptr(&ready).cast_mut().cast::<c_void>();
            rd::rd_kafka_queue_cb_event_enable(pointer, Some(wake), opaque);
            pointer
        };
        Self {
            pointer,
            ready,
            _control: control.clone(),
        }
    }

    /// Waits for the one answer.
    async fn answer(self) -> Answer {
        loop {
            // SAFETY: the queue is alive; a time-out of zero never blocks; the event is ours.
            let event = unsafe { rd::rd_kafka_queue_poll(self.pointer, 0) };
            if !event.is_null() {
                return Answer(event);
            }
            self.ready.notified().await;
        }
    }
}

impl Drop for Queue {
    fn drop(&mut self) {
        // SAFETY: the queue is alive and not used again; the callback goes before what it points to.
        unsafe {
            rd::rd_kafka_queue_cb_event_enable(self.pointer, None, ptr::null_mut());
            rd::rd_kafka_queue_destroy(self.pointer);
        }
    }
}

/// The answer to one request; what is read from it borrows from it.
struct Answer(*mut rd::rd_kafka_event_t);

// SAFETY: an event belongs to whoever polled it, and may be read and freed on any thread.
unsafe impl Send for Answer {}

impl Answer {
    /// The result of the given kind, or the fault of the request as a whole.
    ///
    /// # Safety
    /// `result` must only look at the event.
    unsafe fn result<T>(
        &self,
        result: unsafe extern "C" fn(*mut rd::rd_kafka_event_t) -> *const T,
    ) -> Result<*const T, Fault> {
        // SAFETY: the event is alive until `self` is dropped, and so is what comes from it.
        let (code, message, result) = unsafe {
            let code: unsafe extern "C" fn(*mut rd::rd_kafka_event_t) -> rd::rd_kafka_resp_err_t =
                rd::rd_kafka_event_error;
            // The same ABI with an integer for the code, see `code_from`.
            let code: unsafe extern "C" fn(*mut rd::rd_kafka_event_t) -> i32 = mem::transmute(code);
            (
                Code(code(self.0)),
                text(rd::rd_kafka_event_error_string(self.0)),
                result(self.0),
            )
        };
        if code != Code::NONE {
            return Err(Fault { code, message });
        }
        if result.is_null() {
            return Err(Fault {
                code: Code::FAIL,
                message: Some("an answer of another kind".into()),
            });
        }
        Ok(result)
    }
}

impl Drop for Answer {
    fn drop(&mut self) {
        // SAFETY: owned, and not used again.
        unsafe { rd::rd_kafka_event_destroy(self.0) }
    }
}

impl Control {
    fn native(&self) -> *mut rd::rd_kafka_t {
        self.producer.client().native_ptr()
    }
}
